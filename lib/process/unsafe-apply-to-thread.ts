import { readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { SeccompError } from '../errors.ts'
import type { Filter } from '../filter/compile.ts'
import { isMainThread } from '../kernel/builtins.ts'
import { installFilter } from '../kernel/install.ts'
import type { ThreadStatus } from '../kernel/status.ts'
import type { ProfileSource } from '../load.ts'
import { type ApplyOptions, filtersFor, threadOptions, withoutFilter } from './apply.ts'
import { NotEnforcedError } from './not-enforced-error.ts'
import { type Finding, isFatal, PreflightError } from './preflight/finding.ts'
import { preflight } from './preflight/preflight.ts'
import { inForce, ownSituation } from './preflight/this-process.ts'
import { watchThreads } from './preflight/threads.ts'
import { commonFlags } from './spawn/filter.ts'

/** What is in force for the calling thread now, for good. */
export interface AppliedToThread {
  /** One, but for a profile above the kernel's 4096 instructions a filter. */
  readonly filters: readonly Filter[]
  /** The calling thread, as the kernel says it is now. */
  readonly thread: ThreadStatus
  /** What may still go wrong; with `force`, what will. */
  readonly findings: readonly Finding[]
}

/**
 * Puts a profile in force for the calling Worker's thread and the threads it starts. It is no sandbox:
 *
 * - **Memory is shared.** Threads of a process read and write each other's; code that runs machine code of its own does
 *   what it likes by another thread.
 * - **The pool is not in it.** Asynchronous file access, `dns.lookup`, crypto and zlib run on libuv's pool, which belongs
 *   to the process: where it runs already, `fs.readFileSync` is denied and `fs.promises.readFile` is not.
 * - **The pool may be poisoned.** Where this Worker is the first to use the pool, the pool's threads begin with this
 *   filter, and keep it after the Worker's end: the main thread is then denied what only the Worker was to be.
 * - **A later `apply()`** of another thread is a ThreadSyncError, for the filters have parted ways; one of this Worker
 *   gives its filter to all threads.
 *
 * It helps against accidents, of code that is trusted. For code that isn't: `fork`.
 *
 * @param what as `apply` takes it
 * @throws SeccompError ERR_USAGE on the main thread, where it would do less than it seems to: `apply` is for that; and
 * what `apply` throws.
 * @see seccomp(2), without SECCOMP_FILTER_FLAG_TSYNC
 * @example if (!isMainThread) unsafeApplyToThread('no-network.json')
 */
export const unsafeApplyToThread = (
  what: ProfileSource | Filter | readonly Filter[],
  options: Omit<ApplyOptions, 'onViolation'> = {},
): AppliedToThread => {
  if (isMainThread())
    throw new SeccompError(
      'ERR_USAGE',
      'unsafeApplyToThread is for a Worker, and this is the main thread, whose file access runs on other threads: ' +
        'use apply(); nothing was installed',
    )
  const filters = filtersFor(what, options, threadOptions)
  const policies = filters.map(({ policy }) => policy)
  const findings = preflight(policies, ownSituation(), inForce)
  if (!options.force && findings.some(isFatal)) throw new PreflightError(findings)
  const watch = watchThreads()
  try {
    // "PID/task/TID", by this thread: Node's synchronous calls don't leave it.
    const tid = Number(basename(readlinkSync('/proc/thread-self')))
    const own = (threads: readonly ThreadStatus[]): readonly ThreadStatus[] =>
      threads.filter((thread) => thread.tid === tid)
    const flags = commonFlags(filters).filter((flag) => flag !== 'SECCOMP_FILTER_FLAG_TSYNC')
    installFilter(
      filters.map(({ bytes }) => bytes),
      { threads: 'calling', flags, noNewPrivileges: options.noNewPrivileges ?? true },
    )
    inForce.push(...policies)
    const [thread] = own(watch.now())
    if (!thread || withoutFilter(own(watch.before), [thread], filters.length).length > 0)
      throw new NotEnforcedError(thread ? [thread] : [])
    return { filters, thread, findings }
  } finally {
    watch.close()
  }
}
