/**
 * The launcher: the small program that installs a filter and becomes another program (native/launcher/launcher.c says
 * what it does and why it is a program of its own). Here is where it lies and how it is spoken to; nothing is started.
 */
import { SeccompError } from '../../errors.ts'
import { flagBits } from '../../kernel/flags.ts'
import { nativeProgram } from '../../kernel/native-program.ts'
import type { FlagName } from '../../profile/types.ts'

/**
 * The launcher's file: a clone's own build, else the prebuilt one of the package.
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM where none can exist, ERR_BINDING_NOT_FOUND where it is missing or
 * lost its run bit.
 */
export const launcherPath = (): string => nativeProgram('launcher', 'starting a filtered program')

export interface LaunchOptions {
  /**
   * The descriptor, as numbered in the launcher, that holds the filter: 3 or above. Of a stack of filters up to 64, in
   * the order to install them; the program runs when all are in force. A memfd or file may serve many launchers at a
   * time; the program doesn't get it.
   */
  readonly filterFd: number | readonly number[]
  /** A descriptor, 3 or above, for {@link parseLaunchFailure}; without it the launcher writes to standard error. */
  readonly statusFd?: number
  /** Of the profile, for every filter. TSYNC says nothing here: there is one thread. */
  readonly flags?: readonly FlagName[]
  /** Set no_new_privs first (the default), so that no privilege is needed. */
  readonly noNewPrivileges?: boolean
  /** The program, looked up in the PATH of the environment that the launcher gets, unless it has a slash. */
  readonly file: string
  /** The program's own name for itself; default: `file`. */
  readonly argv0?: string
  readonly args?: readonly string[]
}

/**
 * The command that runs `file` under a filter: give both parts to `child_process.spawn`, and put the filter's descriptor
 * at its place in `stdio`.
 * @throws SeccompError as {@link launcherPath} does.
 * @example
 * const { path, args } = launcherCommand({ filterFd: 3, file: 'id', args: ['-u'] })
 * spawn(path, args, { stdio: ['inherit', 'inherit', 'inherit', sealedMemfd('filter', bytes)] })
 */
export const launcherCommand = (options: LaunchOptions): { path: string; args: string[] } => ({
  path: launcherPath(),
  args: launcherArguments(options),
})

/** The launcher's argument list, in the order that native/launcher/launcher.c documents. */
export const launcherArguments = (options: LaunchOptions): string[] => [
  String(options.filterFd), // of a list, with commas
  String(flagBits(options.flags ?? [])),
  options.noNewPrivileges === false ? '0' : '1',
  options.statusFd === undefined ? '-' : String(options.statusFd),
  options.file,
  options.argv0 ?? options.file,
  ...(options.args ?? []),
]

/** Its exit codes when nothing was run; otherwise the code is the program's. */
export const launcherExitCodes = {
  usage: 125,
  cannotExecute: 126,
  notFound: 127,
  cannotEnforce: 78,
} as const

/** What it was doing when it failed: enum Stage of native/launcher/launcher.c, from 1. */
const stages = ['usage', 'read', 'no_new_privs', 'install', 'execute'] as const

/** Why a program wasn't run. */
export interface LaunchFailure {
  readonly stage: (typeof stages)[number]
  /** Positive. */
  readonly errno: number
}

/**
 * Reads what arrived on the status descriptor.
 * @returns undefined when nothing did: the program runs, or ran.
 * @throws SeccompError ERR_USAGE for anything but nothing or one record.
 */
export const parseLaunchFailure = (bytes: Uint8Array): LaunchFailure | undefined => {
  if (bytes.length === 0) return undefined
  if (bytes.length === 8) {
    // The launcher's own byte order, and both CPUs it is built for are little-endian.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const stage = stages[view.getUint32(0, true) - 1]
    if (stage !== undefined) return { stage, errno: view.getUint32(4, true) }
  }
  throw new SeccompError(
    'ERR_USAGE',
    `the status descriptor gave ${bytes.length} bytes that the launcher didn't write; give it one of its own`,
  )
}
