/**
 * Modules of Node's that take milliseconds to load, each loaded when it is first used: importing this package must
 * stay quick. The others are part of every Node that has started.
 */

let knownChildProcess: typeof import('node:child_process') | undefined

/** `node:child_process`. Kept, for Node looks a module over each time it is asked for one. */
export const childProcess = (): typeof import('node:child_process') => {
  knownChildProcess ??= process.getBuiltinModule('node:child_process')
  return knownChildProcess
}

/** `node:crypto`. */
export const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

/** Whether this is the process's first thread, and no Worker. */
export const isMainThread = (): boolean => process.getBuiltinModule('node:worker_threads').isMainThread
