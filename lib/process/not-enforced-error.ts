import { SeccompError } from '../errors.ts'
import type { ThreadStatus } from '../kernel/status.ts'

/**
 * The kernel took the filter, and yet not every thread can be shown to have it.
 * @example try { apply(profile) } catch (error) { if (error instanceof NotEnforcedError) process.exit(78) }
 */
export class NotEnforcedError extends SeccompError {
  /** Those without it; empty when the filter itself refuses the reading of their state, which `cause` tells. */
  readonly threads: readonly ThreadStatus[]

  constructor(threads: readonly ThreadStatus[], options: { cause?: unknown } = {}) {
    const which = threads.map(({ tid, comm }) => `thread ${tid} (${comm}) doesn't have it`).join(', ')
    super(
      'ERR_NOT_ENFORCED',
      `the kernel took the filter, but ${which || 'under it the state of the threads can not be read'}; what has it ` +
        'keeps it, so this process is no longer what it was: end it',
      options,
    )
    this.threads = threads
  }
}
