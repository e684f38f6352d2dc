/**
 * The native addon, loaded on first use and never on import: importing the package works on any platform.
 *
 * Looks where node-gyp-build looks: a clone's own build, else the prebuilt binary of the package. That loader obeys the
 * environment (`SECCOMP_PREBUILD`, `PREBUILDS_ONLY`, `LIBC`); who sets this process's environment could as well
 * give it NODE_OPTIONS, so this opens nothing new.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { SeccompError } from '../errors.ts'
import { handedOver } from './handed-over.ts'
import { platformName, requireNative } from './platform.ts'

/** The addon's functions (native/addon/exports.cc). A number is what the kernel said; a negative one is -errno. */
export interface Binding {
  install(filter: Uint8Array, flags: number, noNewPrivs: boolean): number
  noNewPrivs(): number
  actionAvailable(action: number): number
  probeFlags(flags: number): number
  notificationSizes(): number | [notification: number, response: number, data: number]
  sealedMemfd(name: string, bytes: Uint8Array): number
  sharedMemfd(name: string, size: number): number
  inode(descriptor: number): number
  execute(block: Uint8Array): number
  setCloseOnExec(descriptor: number, closes: boolean): number
  openAuditLog(): number
  pipe(): number | [read: number, write: number]
  endOfPipe(read: number, write: number): number | Uint8Array
  catchViolations(): number
  takeViolations(): Uint8Array
  takeLost(): number
  readFilters(tid: number, ownChild: boolean): number | ([bytes: Uint8Array, flags: number] | number)[]
  releaseThread(tid: number, ownChild: boolean): number
}

/**
 * The package's own folder, seen from lib/kernel, out/kernel and dist/chunks alike. Nothing is looked up, for a filter
 * may let no file be opened any more.
 */
export const packageRoot = (): string => resolve(import.meta.dirname, '../..')

/** Whether a build in this folder counts: not when the shipped binaries are under test. */
export const buildsCount = (): boolean => !process.env['PREBUILDS_ONLY']

const require = createRequire(import.meta.url)

// node-gyp-build takes the first *.node of build/Release, and the tests' own addon comes before ours.
const find = (): string => {
  const built = resolve(packageRoot(), 'build/Release/seccomp.node')
  if (buildsCount() && !process.env['SECCOMP_PREBUILD'] && existsSync(built)) return built
  return (require('node-gyp-build') as { resolve(folder: string): string }).resolve(packageRoot())
}

let loaded: Binding | undefined

/**
 * The addon's file, for a process of its own to load.
 * @throws SeccompError as {@link binding} does, for it is loaded here to see that it can be.
 */
export const bindingPath = (): string => {
  binding()
  return find()
}

/**
 * The addon.
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM where none can exist, ERR_BINDING_NOT_FOUND where it is missing or
 * doesn't load.
 */
export const binding = (): Binding => {
  if (loaded) return loaded
  requireNative('talking to the kernel')
  try {
    loaded = require(find()) as Binding
  } catch (cause) {
    // A filter may let nothing be opened; where it can be, this copy's own addon is the one that fits.
    loaded = handedOver()?.binding
    if (loaded) return loaded
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new SeccompError(
      'ERR_BINDING_NOT_FOUND',
      `the native addon for ${platformName()} can't be loaded (${reason}): reinstall the package without leaving out ` +
        `its prebuilds/ folder, or run 'npm run build:native' in a clone`,
      { cause },
    )
  }
  return loaded
}
