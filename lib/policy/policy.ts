import type { Verdict } from '../bpf/verdict.ts'
import type { FlagName, OperatorName, Position } from '../profile/types.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import type { Target } from './target.ts'

/**
 * A profile resolved for one target: per architecture, what each number gets. Plain data that prints as JSON (operands
 * are bigint); `evaluate` gives it its meaning, the compiler must agree with that to the bit.
 */
export interface Policy {
  readonly target: Target
  readonly as: Faithfulness
  /** For every number no rule decides. */
  readonly defaultVerdict: Verdict
  /** Where the profile says so. */
  readonly defaultPosition: Position | undefined
  /** For an architecture that isn't listed, and for x32 numbers where x32 isn't listed. */
  readonly foreignVerdict: Verdict
  /** The native one first. x86_64 and x32 share an audit word; bit 30 of the number tells them apart. */
  readonly architectures: readonly ArchitecturePolicy[]
  readonly flags: readonly FlagName[]
  readonly warnings: readonly Warning[]
}

/**
 * How close to a container runtime: `runc` and `crun` are exact; `safe` closes three holes they leave, each with a
 * warning at the place: arguments the kernel truncates are compared on 32 bits, KILL_THREAD becomes KILL_PROCESS, and
 * an unknown name in a rule stricter than the default is an error.
 */
export type Faithfulness = 'safe' | 'runc' | 'crun'

export const faithfulnesses: readonly Faithfulness[] = ['safe', 'runc', 'crun']

/** What one architecture's numbers get. */
export interface ArchitecturePolicy {
  readonly arch: ArchitectureName
  readonly audit: number
  /** By number, ascending, no number twice. x32 numbers carry bit 30. */
  readonly calls: readonly CallPolicy[]
  /** Numbers above `newest` get `verdict`: runc's ENOSYS stub (libcontainer/seccomp/patchbpf). */
  readonly above: { readonly newest: number; readonly verdict: Verdict } | undefined
}

/** What one number gets: the first rule whose conditions all hold, else the policy's default. */
export interface CallPolicy {
  readonly number: number
  /** `#1000` where the table has no name. */
  readonly name: string
  readonly rules: readonly PolicyRule[]
}

/** One rule in the order it is tried. No conditions: always. */
export interface PolicyRule {
  readonly conditions: readonly PolicyCondition[]
  readonly verdict: Verdict
  /** The rule of the profile it came from. */
  readonly position: Position | undefined
}

/** One comparison, unsigned, on the low 32 or all 64 bits of an argument. */
export interface PolicyCondition {
  readonly index: number
  readonly op: OperatorName
  readonly width: 32 | 64
  /** The operand; for MASKED_EQ the mask. */
  readonly value: bigint
  /** For MASKED_EQ, what the masked argument must equal; a subset of the mask. */
  readonly valueTwo: bigint
}

/** Something the reader of a profile should know; never a reason to fail. */
export interface Warning {
  readonly kind: WarningKind
  readonly message: string
  readonly position: Position | undefined
  readonly syscall?: string
  readonly arch?: ArchitectureName
}

export type WarningKind =
  | 'argument-width' // compared on 32 bits, because the kernel reads no more
  | 'kill-thread' // KILL_THREAD became KILL_PROCESS
  | 'multiplexed' // a condition is lost or tests something else through socketcall/ipc
  | 'operand-truncated' // a 64-bit operand on a 32-bit architecture
  | 'overlap' // two rules with different actions can match the same call; the canonical order decides
  | 'repeated-argument' // the same argument twice in one rule: ORed, as runc does
  | 'shadowed' // a rule that never decides
  | 'unknown-syscall' // a name no architecture has
