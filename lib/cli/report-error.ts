import { type ErrorCode, SeccompError } from '../errors.ts'
import { exitCodes } from './exit-codes.ts'

/** Errors as the command line shows them: what is wrong and what to do, no stack. */

/** Kinds of failure that say something of this machine or kernel, not of what the user gave. */
const notEnforced: readonly ErrorCode[] = [
  'ERR_UNSUPPORTED_PLATFORM',
  'ERR_BINDING_NOT_FOUND',
  'ERR_KERNEL',
  'ERR_KERNEL_UNSUPPORTED',
  'ERR_THREAD_SYNC',
]

/** The exit code for an error that ended a verb. */
export const exitCodeOf = (error: unknown): number => {
  if (!(error instanceof SeccompError) || error.code === 'ERR_FILTER_UNPROVED') return exitCodes.failure
  return notEnforced.includes(error.code) ? exitCodes.notEnforced : exitCodes.usage
}

/** Says on standard error what went wrong: one line, or one for each issue of a profile. */
export const reportError = (error: unknown): void => {
  if (process.env['SECCOMP_DEBUG'] === '1') console.error(error)
  const message = error instanceof Error ? error.message : String(error)
  const lines = error instanceof SeccompError ? message.split('\n') : [`${message}; this is a bug of ours`]
  for (const line of lines) say(line)
}

/** A line on standard error, marked as ours. */
export const say = (line: string): void => {
  process.stderr.write(`seccomp: ${line}\n`)
}
