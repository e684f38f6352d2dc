import type { Call } from '../../bpf/data.ts'
import type { Position } from '../../profile/types.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import type { LintSubject } from './subject.ts'

/**
 * How bad: an `error` lets past what the profile means to stop, or breaks programs for sure; a `warning` does so under
 * circumstances that the profile can't tell; a `note` is worth knowing.
 */
export type Severity = 'error' | 'warning' | 'note'

/** One thing that is wrong with a profile, or that its reader should know. */
export interface Finding {
  /** Which check found it: stable, for programs. */
  readonly check: string
  readonly severity: Severity
  /** What is so. */
  readonly message: string
  /** What somebody could do with it, or what breaks. */
  readonly attack: string
  /** What to change. */
  readonly remedy: string
  /** The rules it is about; none for a raw filter. */
  readonly positions: readonly Position[]
  /** Where it holds, the witness's first; none for what a profile says of every architecture. */
  readonly architectures: readonly ArchitectureName[]
  /** A call that shows it. */
  readonly call?: Call
}

/** A finding as its check gives it; what holds for all of a check's findings the check itself says. */
export interface Problem {
  readonly message: string
  readonly severity?: Severity
  readonly attack?: string
  readonly remedy?: string
  readonly positions?: readonly Position[]
  readonly arch?: ArchitectureName
  readonly call?: Call
}

/** One question about a profile or filter. */
export interface Check {
  readonly name: string
  /** What it finds, for the table in docs/reviewing-a-profile.md. */
  readonly finds: string
  /** The worst that it reports. */
  readonly severity: Severity
  readonly attack: string
  readonly remedy: string
  /** The problems of one subject; those that differ only in their architecture are put together afterwards. */
  readonly run: (subject: LintSubject) => Iterable<Problem>
}
