/**
 * Makes the launcher's ChildProcess the program's own: its name, its descriptors, and its failure to start.
 *
 * libuv's spawn waits until the program is executed and so knows its errors at once. The wait here is the same, for the
 * launcher's status descriptor: closed by a successful execve(2), or written to.
 */
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { childProcess } from '../../kernel/builtins.ts'
import { type EndedBySeccomp, mayBeFilters, tellExit } from '../violations/seccomp-exit.ts'
import type { Command } from './command.ts'
import { enforcementError, systemError } from './failure.ts'
import { type Launch, throughLauncher } from './launch.ts'
import type { LaunchFailure } from './launcher.ts'

/** The parts of Node's ChildProcess that aren't in its documentation; the same from Node 20 to 26. */
interface ProcessHandle {
  onexit(code: number, signal: string): void
  close(): void
  kill(signal: number): number
}
interface Internals {
  spawnfile: string
  spawnargs: string[]
  pid: number | undefined
  stdio: unknown[] | undefined
  _handle: ProcessHandle
  emit: ChildProcess['emit']
}

/**
 * @param launch what is started
 * @param command what the user sees to be started
 * @param start Node's own function, on the launcher
 * @throws what child_process.spawn throws at once for a program that can't be executed: every errno but EACCES, EAGAIN,
 * EMFILE, ENFILE and ENOENT, which become an 'error' event, as does a filter that can't be installed.
 */
export const settle = (
  launch: Launch,
  command: Command,
  start: () => ChildProcess,
): ChildProcess & EndedBySeccomp => {
  const since = Date.now()
  // Without a process there is nothing to wait for, and Node has the error under way.
  const { answer: child, failure } = throughLauncher(launch, start, ({ pid }) => pid !== undefined)
  const own = child as unknown as Internals
  own.spawnfile = command.file
  own.spawnargs = [command.argv0, ...command.args]
  if (own.stdio) own.stdio.length = launch.shown
  if (!failure) {
    if (child.pid !== undefined) explainEnd(child, own._handle, since)
    return child
  }

  const error = enforcementError(failure)
  if (!error && !emitted.has(failure.errno)) {
    // Nobody will ever have this child. Node's own bookkeeping sees to its end.
    child.on('error', () => {})
    throw systemError(failure.errno, 'spawn')
  }
  failLater(own, failure, error)
  return child
}

/** Before its 'exit' event. A property that is computed takes longer to define than most of a spawn, and few need it. */
const explainEnd = (child: ChildProcess, handle: ProcessHandle, since: number): void => {
  const report = handle.onexit
  handle.onexit = (code, signal) => {
    if (mayBeFilters(code, signal)) tellExit(child, since)
    report(code, signal)
  }
}

const { EACCES, EAGAIN, EMFILE, ENFILE, ENOENT } = constants.errno
const emitted: ReadonlySet<number> = new Set([EACCES, EAGAIN, EMFILE, ENFILE, ENOENT])

/** As if there had never been a process: what Node does on the next tick after libuv's spawn has failed. */
const failLater = (child: Internals, { errno }: LaunchFailure, error: Error | undefined): void => {
  const launcher = child._handle
  const report = launcher.onexit
  launcher.onexit = () => launcher.close() // Reaps it.
  child._handle = (new (childProcess().ChildProcess)() as unknown as Internals)._handle
  // Node's own, asked to kill a process that never was, sends the signal to 0: this process and its whole group.
  child._handle.kill = () => -constants.errno.ESRCH
  child.pid = undefined
  // Node's 'spawn' event is under way already.
  intercept(child, (event, values) => (event === 'spawn' ? undefined : values))
  process.nextTick(() => {
    intercept(child, (event, values) => (event === 'error' && error ? [error] : values))
    try {
      report(-errno, '') // Makes the error, with the user's file and arguments, and ends the streams.
    } finally {
      delete (child as Partial<Internals>).emit
    }
  })
}

/** Has the child's events pass through `change`, which drops one by giving undefined. */
const intercept = (
  child: Internals,
  change: (event: unknown, values: unknown[]) => unknown[] | undefined,
): void => {
  delete (child as Partial<Internals>).emit
  const { emit } = child
  const value = (event: unknown, ...values: unknown[]): boolean => {
    const changed = change(event, values)
    return changed !== undefined && Reflect.apply(emit, child, [event, ...changed])
  }
  Object.defineProperty(child, 'emit', { value, configurable: true, enumerable: false })
}
