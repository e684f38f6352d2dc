/** How a command is given to the launcher: where its descriptors go beside the user's own. */
import { closeSync } from 'node:fs'
import { SeccompError } from '../../errors.ts'
import { KernelError } from '../../kernel/errors.ts'
import { endOfPipe, makePipe, type Pipe } from '../../kernel/pipe.ts'
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
  /** What the launcher says in its last moment, once it has been started; undefined where nothing will be. */
  readonly status: Pipe | undefined
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
  try {
    return launchOf(confinement, command, stdio, inherited)
  } catch (error) {
    if (!(error instanceof KernelError && isFull(error.errno))) throw error
    // Node has no descriptor either, and says so in its own way: of what can't be executed, should it find some.
    const entries = stdioEntries(stdio)
    const nothing = { path: '/dev/null', args: [], status: undefined, inheritedFd: 0 }
    return { command, ...nothing, stdio: entries ?? stdio, shown: entries?.length ?? 3 }
  }
}

const isFull = (errno: string): boolean => errno === 'EMFILE' || errno === 'ENFILE'

const launchOf = (
  confinement: Confinement,
  command: Command,
  stdio: unknown,
  inherited: number | undefined,
): Launch => {
  const entries = stdioEntries(stdio)
  const shown = entries?.length ?? 3
  for (const filter of confinement.filters) entries?.push(filterDescriptor(filter))
  const statusFd = shown + confinement.filters.length
  const args = launcherArguments({
    filterFd: confinement.filters.length === 1 ? shown : confinement.filters.map((_, index) => shown + index),
    statusFd,
    flags: confinement.flags,
    noNewPrivileges: confinement.noNewPrivileges,
    file: command.file === OWN_PROGRAM ? process.execPath : command.file,
    argv0: command.argv0,
    args: command.args,
  })
  const path = launcherPath()
  // Not by Node's 'pipe': its two sockets and its stream cost more than the rest of this. Made last, for who launches
  // closes it.
  const status = makePipe()
  entries?.push(status.write)
  if (inherited !== undefined) entries?.push(inherited)
  return {
    command,
    path,
    args,
    // What Node refuses is left to Node.
    stdio: entries ?? stdio,
    shown,
    status,
    inheritedFd: statusFd + 1,
  }
}

/**
 * The user's options as the launcher is started with them: shell and argv0 are in its arguments. Without those two they
 * are copied as they are, for V8 takes longer to add properties than for the copy.
 */
export const launcherOptions = (own: Readonly<Record<string, unknown>>, { stdio }: Launch): object => {
  const options: Record<string, unknown> = { ...own, stdio }
  if ('shell' in options) options['shell'] = false
  if ('argv0' in options) options['argv0'] = undefined
  return options
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
  let running = false
  try {
    const answer = start()
    running = started(answer)
    const record = running && status ? endOfPipe(status) : undefined
    return { answer, failure: record && parseLaunchFailure(record) }
  } finally {
    if (!running && status) for (const end of [status.write, status.read]) closeSync(end)
  }
}

/** In a child of libuv's this is still Node; in the launcher it would be the launcher. */
const OWN_PROGRAM = '/proc/self/exe'

const words: readonly unknown[] = ['pipe', 'ignore', 'inherit', 'overlapped']

/** Whether it is a text that says nothing to Node where `stdio` is one for all. */
export const isUnknownWord = (stdio: unknown): boolean =>
  typeof stdio === 'string' && stdio !== '' && !words.includes(stdio)

/**
 * Node's synchronous functions leave out text and bytes among the entries, which once were input; the asynchronous ones
 * refuse them.
 */
export const withoutText = (stdio: unknown): unknown => {
  if (!Array.isArray(stdio)) return stdio
  const isKept = (entry: unknown): boolean =>
    typeof entry === 'string' ? words.includes(entry) || entry === 'ipc' : !ArrayBuffer.isView(entry)
  return movedUp(stdio, isKept)
}

/** Without some entries, what follows moves up; of the first three libuv opens /dev/null for those that are missing then. */
const movedUp = (stdio: readonly unknown[], isKept: (entry: unknown) => boolean): unknown[] => {
  const entries = stdio.filter(isKept) // Which leaves out holes, as Node does.
  while (entries.length < Math.min(3, stdio.length)) entries.push('ignore')
  return entries
}

/** Node's reading of `stdio`: at least three entries; undefined for what it refuses. */
const stdioEntries = (stdio: unknown): unknown[] | undefined => {
  if (Array.isArray(stdio)) {
    const entries = movedUp(stdio, () => true)
    while (entries.length < 3) entries.push(undefined)
    return entries
  }
  const word = stdio || 'pipe'
  return words.includes(word) ? [word, word, word] : undefined
}
