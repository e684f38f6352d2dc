/** How a command is given to the launcher: where its descriptors go beside the user's own. */
import { closeSync, readSync } from 'node:fs'
import { SeccompError } from '../../errors.ts'
import { makePipe, type Pipe } from '../../kernel/pipe.ts'
import type { Command } from './command.ts'
import { filterDescriptor } from './descriptor.ts'
import type { Confinement } from './filter.ts'
import { type LaunchFailure, launcherArguments, launcherPath, parseLaunchFailure } from './launcher.ts'
import { requireStartable } from './startable.ts'

/** What child_process gets, and what of it the user asked for. */
export interface Launch {
  readonly command: Command
  readonly path: string
  readonly args: readonly string[]
  /** The user's entries, then the filters, then the launcher's status. */
  readonly stdio: unknown
  /** How many entries are the user's. */
  readonly shown: number
  /** What the launcher says in its last moment, once it has been started. */
  readonly status: Pipe
  /** The number of the descriptor after the status, which the program gets, if there is one. */
  readonly inheritedFd: number
}

/**
 * Our descriptors take the first indices after the user's, so that each of those keeps its number; the launcher closes
 * them before the program starts.
 * @param inherited a descriptor that the program gets after all of these
 * @throws SeccompError ERR_CANNOT_START for a filter that refuses execve and the launcher's report of it; ERR_USAGE for
 * one that traps.
 */
export const prepareLaunch = (
  confinement: Confinement,
  command: Command,
  stdio: unknown,
  inherited?: number,
): Launch => {
  if (confinement.traps)
    throw new SeccompError(
      'ERR_USAGE',
      "onViolation: 'trap' takes a signal handler in the program, and a program that is executed begins without any; " +
        "nothing was started. For a Node program use fork() in two stages, or apply() within it; for others 'log', " +
        "whose lines in the kernel's log 'seccomp audit' reads, or 'errno' and strace",
    )
  requireStartable(confinement.filters)
  const entries = stdioEntries(stdio)
  const shown = entries?.length ?? 3
  const filters = confinement.filters.map(filterDescriptor)
  const statusFd = shown + filters.length
  const args = launcherArguments({
    filterFd: filters.map((_, index) => shown + index),
    statusFd,
    flags: confinement.flags,
    noNewPrivileges: confinement.noNewPrivileges,
    ...command,
    file: command.file === OWN_PROGRAM ? process.execPath : command.file,
  })
  const path = launcherPath()
  // Not by Node's 'pipe': its two sockets and its stream cost more than the rest of this. Made last, for who launches
  // closes it.
  const status = makePipe()
  return {
    command,
    path,
    args,
    // What Node refuses is left to Node.
    stdio: entries
      ? [...entries, ...filters, status.write, ...(inherited === undefined ? [] : [inherited])]
      : stdio,
    shown,
    status,
    inheritedFd: statusFd + 1,
  }
}

/**
 * Starts the launcher, by one of Node's functions.
 * @param started whether it was: there may be an error instead of a process
 * @returns Node's answer, and how the launcher failed, if it did. The program runs by then, or there is none.
 */
export const throughLauncher = <T>(
  { status }: Launch,
  start: () => T,
  started: (answer: T) => boolean,
): { readonly answer: T; readonly failure: LaunchFailure | undefined } => {
  let writing = true
  try {
    const answer = start()
    closeSync(status.write)
    writing = false
    return { answer, failure: started(answer) ? readStatus(status.read) : undefined }
  } finally {
    if (writing) closeSync(status.write)
    closeSync(status.read)
  }
}

const readStatus = (fd: number): LaunchFailure | undefined => {
  const record = Buffer.alloc(8)
  return parseLaunchFailure(record.subarray(0, readSync(fd, record)))
}

/** In a child of libuv's this is still Node; in the launcher it would be the launcher. */
const OWN_PROGRAM = '/proc/self/exe'

const words: readonly unknown[] = ['pipe', 'ignore', 'inherit', 'overlapped']

/** Node's reading of `stdio`: at least three entries; undefined for what it refuses. */
const stdioEntries = (stdio: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(stdio)) return stdio.length >= 3 ? [...stdio] : [stdio[0], stdio[1], stdio[2]]
  const word = stdio || 'pipe'
  return words.includes(word) ? [word, word, word] : undefined
}
