/**
 * Modules of Node's that take milliseconds to load, each loaded when it is first used: importing this package must
 * stay quick. The others are part of every Node that has started.
 */

/** `node:child_process`. */
export const childProcess = (): typeof import('node:child_process') =>
  process.getBuiltinModule('node:child_process')

/** `node:crypto`. */
export const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

/** Whether this is the process's first thread, and no Worker. */
export const isMainThread = (): boolean => process.getBuiltinModule('node:worker_threads').isMainThread
