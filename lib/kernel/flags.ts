import type { FlagName } from '../profile/types.ts'

/** Every flag of seccomp(SECCOMP_SET_MODE_FILTER), by its bit (include/uapi/linux/seccomp.h). */
export const filterFlags = {
  /** All threads or none (Linux 3.17). */
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  /** Log every verdict but ALLOW (4.14). */
  SECCOMP_FILTER_FLAG_LOG: 2,
  /** Leave speculation mitigations off (4.17). */
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  /** Return a listener for NOTIFY (5.0). */
  SECCOMP_FILTER_FLAG_NEW_LISTENER: 8,
  /** TSYNC fails with ESRCH, so that it goes together with NEW_LISTENER (5.7). */
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH: 16,
  /** A notified call waits uninterrupted but for fatal signals (5.19). */
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
} as const

/** A flag of SECCOMP_SET_MODE_FILTER by the kernel's name: `SECCOMP_FILTER_FLAG_TSYNC`. */
export type FilterFlag = keyof typeof filterFlags

/** The bits of `flags`. */
export const flagBits = (flags: readonly (FlagName | FilterFlag)[]): number =>
  flags.reduce((bits, flag) => bits | filterFlags[flag], 0)
