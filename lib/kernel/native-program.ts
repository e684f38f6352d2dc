/** The native programs of the package: where they lie. Nothing is started. */
import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { SeccompError } from '../errors.ts'
import { buildsCount, packageRoot } from './binding.ts'
import { handedOver } from './handed-over.ts'
import { platformName, requireNative } from './platform.ts'

/** Each is a folder of native/. */
export type NativeProgram = 'launcher' | 'canary' | 'probe'

const found = new Map<NativeProgram, string>()

/**
 * A program's file: a clone's own build, else the prebuilt one of the package.
 * @param what what it is needed for, as a sentence's beginning
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM where none can exist, ERR_BINDING_NOT_FOUND where it is missing or
 * lost its run bit.
 */
export const nativeProgram = (name: NativeProgram, what: string): string => {
  const path = found.get(name) ?? find(name, what)
  found.set(name, path)
  return path
}

const find = (name: NativeProgram, what: string): string => {
  requireNative(what)
  const candidates = [
    ...(buildsCount() ? [resolve(packageRoot(), `build/Release/${name}`)] : []),
    resolve(packageRoot(), `prebuilds/${process.platform}-${process.arch}/${name}`),
  ]
  const path = candidates.find((candidate) => allows(candidate, constants.F_OK))
  if (path === undefined && handedOver())
    throw new SeccompError(
      'ERR_NOT_PERMITTED',
      `the ${name} can't be looked for: this process may look at no file, by the filter it was started under`,
    )
  if (path === undefined)
    throw new SeccompError(
      'ERR_BINDING_NOT_FOUND',
      `the ${name} for ${platformName()} is missing (looked for ${candidates.join(' and ')}): reinstall the package ` +
        `without leaving out its prebuilds/ folder, or run 'npm run build:native' in a clone`,
    )
  if (!allows(path, constants.X_OK))
    throw new SeccompError(
      'ERR_BINDING_NOT_FOUND',
      `the ${name} can't be executed: 'chmod +x ${path}', or install on a file system that isn't mounted noexec`,
    )
  return path
}

const allows = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
