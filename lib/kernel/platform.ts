/** Which machine this is, in the words of an error message and of node-gyp-build. */
import { existsSync } from 'node:fs'
import { SeccompError } from '../errors.ts'

/** CPUs that the native part is written for (native/system.h). */
const nativeCpus: readonly string[] = ['x64', 'arm64']

/** As node-gyp-build tells the two apart. Only words: one binary serves both. */
const libc = (): string => process.env['LIBC'] ?? (existsSync('/etc/alpine-release') ? 'musl' : 'glibc')

/** `linux x64 glibc`, `darwin arm64`. */
export const platformName = (): string =>
  [process.platform, process.arch, ...(process.platform === 'linux' ? [libc()] : [])].join(' ')

/**
 * Nothing, on Linux.
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM elsewhere.
 */
export const requireLinux = (what: string): void => {
  if (process.platform === 'linux') return
  throw new SeccompError(
    'ERR_UNSUPPORTED_PLATFORM',
    `${what} needs Linux, and this is ${platformName()}; 'seccomp/core' (profiles, compiler, simulator) works here`,
  )
}

/**
 * Nothing, on Linux and a CPU that the native part is written for.
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM elsewhere.
 */
export const requireNative = (what: string): void => {
  requireLinux(what)
  if (nativeCpus.includes(process.arch)) return
  throw new SeccompError(
    'ERR_UNSUPPORTED_PLATFORM',
    `${what} needs native code, which exists for ${nativeCpus.join(' and ')}, and this is ${platformName()}; ` +
      'filters for this CPU can be compiled and handed to another loader',
  )
}
