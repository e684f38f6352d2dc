import type { Verdict } from '../bpf/verdict.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'

/** One system call that a log tells of. */
export interface AuditRecord {
  readonly from: 'kernel' | 'strace' | 'perf'
  /** Undefined for a number that no architecture we know has. */
  readonly name?: string
  /** As `seccomp_data.nr` has it; where the line gives only a name, undefined. */
  readonly number?: number
  /** Undefined where the line doesn't tell: strace's and perf's, and a kernel's before 3.16. */
  readonly arch?: ArchitectureName
  /** The `AUDIT_ARCH_*` word of an architecture that isn't ours. */
  readonly foreign?: number
  /** The process; of strace and perf, the thread. */
  readonly pid?: number
  readonly comm?: string
  readonly exe?: string
  /** What the filter answered: its action, without data. */
  readonly verdict?: Verdict
}

/** What one line of a log says. */
export type AuditLine =
  | ({ readonly kind: 'call' } & AuditRecord)
  /** The end of a call that began on an earlier line of the same thread (strace, perf). */
  | ({ readonly kind: 'resumed' } & AuditRecord)
  /** A row of `strace -c` or `perf trace -s`: so many calls by one name. */
  | { readonly kind: 'total'; readonly name: string; readonly calls: number }
  /** The thread's calls are another architecture's from here on (strace). */
  | { readonly kind: 'mode'; readonly pid?: number; readonly mode: '32 bit' | '64 bit' | 'x32' }
  /** The thread is gone (strace). */
  | { readonly kind: 'end'; readonly pid?: number }
  /** The kernel says that it left out so many lines; undefined when it doesn't say how many. */
  | { readonly kind: 'lost'; readonly lines?: number }
  /** Nothing of ours: another message of the log. */
  | { readonly kind: 'other' }
  /** Neither a call nor anything else that such a log holds. */
  | { readonly kind: 'garbled'; readonly reason: string }
