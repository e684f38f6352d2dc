/**
 * The profile: the document that Docker, Podman and Kubernetes users already have, after reading. It keeps the
 * document's own shape (so that it can be written out again) with three spellings made one: `name` is `names`,
 * `args: null` is `[]`, operands are bigint.
 * Sources: OCI runtime-spec config-linux.md "Seccomp"; moby profiles/seccomp; containers/common pkg/seccomp.
 */

/** What the kernel is to do with a call. `SCMP_ACT_KILL` is the old spelling of `SCMP_ACT_KILL_THREAD`. */
export type ActionName =
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_TRAP'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_TRACE'
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_NOTIFY'

/** How an argument is compared with `value` (unsigned, 64 bits); MASKED_EQ is `(arg & value) == valueTwo`. */
export type OperatorName =
  | 'SCMP_CMP_NE'
  | 'SCMP_CMP_LT'
  | 'SCMP_CMP_LE'
  | 'SCMP_CMP_EQ'
  | 'SCMP_CMP_GE'
  | 'SCMP_CMP_GT'
  | 'SCMP_CMP_MASKED_EQ'

/** `SECCOMP_FILTER_FLAG_*` as the OCI names them. */
export type FlagName =
  | 'SECCOMP_FILTER_FLAG_TSYNC'
  | 'SECCOMP_FILTER_FLAG_LOG'
  | 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'
  | 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'

/** One comparison of one argument. */
export interface Condition {
  /** Argument number, 0 to 5. */
  readonly index: number
  readonly op: OperatorName
  /** Operand; for MASKED_EQ the mask. */
  readonly value: bigint
  /** For MASKED_EQ the value compared with; otherwise unused, 0n. */
  readonly valueTwo: bigint
}

/** When a rule counts at all (Docker only). As `includes` all of it must hold; as `excludes` any of it drops the rule. */
export interface Gate {
  /** Capability names, `CAP_SYS_ADMIN`. */
  readonly caps?: readonly string[]
  /** Architectures in Docker's spelling, `amd64`. */
  readonly arches?: readonly string[]
  /** `"4.8"`: this kernel or newer. */
  readonly minKernel?: string
}

/** One entry of `syscalls`. */
export interface Rule {
  /** Names, or numbers as `#1000`. */
  readonly names: readonly string[]
  readonly action: ActionName
  /** errno for ERRNO, data for TRACE. */
  readonly errnoRet?: number
  /** ANDed; empty means always. */
  readonly args: readonly Condition[]
  readonly comment?: string
  readonly includes?: Gate
  readonly excludes?: Gate
}

/** One row of Docker's `archMap`. */
export interface ArchMapEntry {
  readonly architecture: string
  readonly subArchitectures: readonly string[]
}

/** A whole profile. */
export interface Profile {
  readonly defaultAction: ActionName
  readonly defaultErrnoRet?: number
  /** `SCMP_ARCH_*`; never together with `archMap`. */
  readonly architectures?: readonly string[]
  readonly archMap?: readonly ArchMapEntry[]
  readonly flags?: readonly FlagName[]
  readonly listenerPath?: string
  readonly listenerMetadata?: string
  readonly syscalls: readonly Rule[]
}

/** Where a part of a profile stands, for messages. */
export interface Position {
  /** RFC 6901 JSON pointer, `/syscalls/3`. */
  readonly pointer: string
  /** File name or preset, where known. */
  readonly source?: string
  /** 1-based, when the profile was read from text. */
  readonly line?: number
  readonly column?: number
}
