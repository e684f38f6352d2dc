/** What goes wrong at the edge: the kernel's refusals, and a native part that isn't there. */
import { type ErrorCode, SeccompError } from '../errors.ts'
import { errnoName } from '../syscalls/errno.ts'

/**
 * The kernel refused a call: `syscall` and `errno` by name.
 * @example try { installFilter(bytes) } catch (error) { if (error instanceof KernelError) console.log(error.errno) }
 */
export class KernelError extends SeccompError {
  /** Its name, such as `EACCES`; `E` and the number for one without a name. */
  readonly errno: string
  /** The call that was refused, such as `seccomp`. */
  readonly syscall: string

  constructor(
    syscall: string,
    errno: string,
    message: string,
    options: { code?: ErrorCode; cause?: unknown } = {},
  ) {
    super(options.code ?? 'ERR_KERNEL', `${syscall}: ${errno}: ${message}`, options)
    this.errno = errno
    this.syscall = syscall
  }
}

/**
 * A filter that was to hold for every thread, and one thread can't take it. Nothing was installed on any thread.
 * @example try { apply(profile) } catch (error) { if (error instanceof ThreadSyncError) console.log(error.tid) }
 */
export class ThreadSyncError extends SeccompError {
  /** Its thread id, as in /proc/self/task. */
  readonly tid: number
  /** Its name, such as `libuv-worker`; empty if it ended meanwhile. */
  readonly comm: string

  /** @param before how many filters of the same list were installed before this one. */
  constructor(tid: number, comm: string, before = 0) {
    const rest =
      before > 0 ? `but the ${before} before it hold already, so end this process;` : 'nothing was installed:'
    super(
      'ERR_THREAD_SYNC',
      `thread ${tid} (${comm || 'ended'}) has a filter of its own, so it can't take this process's one; ${rest} ` +
        'install before that thread gets its filter, or end the thread first',
    )
    this.tid = tid
    this.comm = comm
  }
}

/** The name of a negative result of the addon. The addon runs on x86_64 and aarch64, whose numbers agree. */
export const nameOfResult = (result: number): string => errnoName(-result) ?? `E${-result}`
