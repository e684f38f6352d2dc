/** What came with which Linux: include/uapi/linux/seccomp.h through its versions, seccomp(2). */
import type { Action } from './verdict.ts'

/** A kernel that lacks an action takes a filter with it, and kills who comes upon it (kernel/seccomp.c). */
export const actionSince: Readonly<Record<Action, string>> = {
  KILL_PROCESS: '4.14',
  KILL_THREAD: '3.5',
  TRAP: '3.5',
  ERRNO: '3.5',
  NOTIFY: '5.0',
  TRACE: '3.5',
  LOG: '4.14',
  ALLOW: '3.5',
}

/** A kernel refuses a flag that it lacks. */
export const flagSince = {
  SECCOMP_FILTER_FLAG_TSYNC: '3.17',
  SECCOMP_FILTER_FLAG_LOG: '4.14',
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: '4.17',
  SECCOMP_FILTER_FLAG_NEW_LISTENER: '5.0',
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH: '5.7',
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: '5.19',
} as const
