import type { Verdict } from '../../bpf/verdict.ts'
import type { Policy, PolicyCondition, Warning } from '../../policy/policy.ts'
import type { Position, Rule } from '../../profile/types.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'

/** Why one call gets what it gets, and what would change that. */
export interface CallExplanation {
  readonly policy: Policy
  readonly arch: ArchitectureName
  readonly number: number
  /** The call's name; undefined where the architecture has none of this number. */
  readonly syscall: string | undefined
  /** Six words, or undefined where the call was asked about whatever its arguments. */
  readonly args: readonly bigint[] | undefined
  /** Undefined where the arguments decide and none were given. */
  readonly verdict: Verdict | undefined
  /** In the order they are tried, the last one for all that is left; with arguments the one that decides. */
  readonly cases: readonly Case[]
  /** Rules that name the call and don't decide it. */
  readonly idle: readonly IdleRule[]
  /** What about the target would give another answer. */
  readonly changes: readonly Change[]
  /** What the reader of the profile should know, as far as it is about this call. */
  readonly warnings: readonly Warning[]
  /** Why the call is dangerous, as a sentence: what Docker's default profile denies, and typing into a terminal. */
  readonly danger: string | undefined
  /** What a program that needs the call should ask for, a sentence each, the least first; empty where it is allowed. */
  readonly advice: readonly Advice[]
}

/** One answer, and when it is given. */
export interface Case {
  readonly verdict: Verdict
  readonly by: 'rule' | 'default' | 'newest' | 'foreign'
  /** All must hold; empty: always, or for all that no case before took. */
  readonly conditions: readonly PolicyCondition[]
  /** The conditions in words: `family is AF_VSOCK (40)`. */
  readonly words: readonly string[]
  /** The rule, where one decides. */
  readonly rule: Rule | undefined
  /** The place of the rule, or of the default action. */
  readonly position: Position | undefined
  /** What decides, as a sentence's end: `web.json:41:9 /syscalls/3`, `the default action at web.json:2:3: …`. */
  readonly decidedBy: string
}

/** A rule that names the call and doesn't decide it. */
export interface IdleRule {
  readonly rule: Rule
  readonly position: Position | undefined
  readonly verdict: Verdict
  /**
   * `gated`: a gate is shut on this target. `default`: its action is the default's. `shadowed`: another rule stands in
   * its place. `unmatched`: its conditions don't hold for these arguments. `later`: another rule is tried first.
   */
  readonly why: 'gated' | 'default' | 'shadowed' | 'unmatched' | 'later'
  /** The same in words: `needs CAP_SYS_ADMIN`. */
  readonly reason: string
  /** Its conditions in words, one list for every way in which it can hold. */
  readonly words: readonly (readonly string[])[]
}

/** Another target, and what the call gets there. */
export interface Change {
  readonly kind: 'capability' | 'kernel' | 'architecture' | 'profile'
  /** `with CAP_SYS_ADMIN`, `on kernel 4.8 or newer`. */
  readonly what: string
  /** Capabilities that are added. */
  readonly capabilities: readonly string[]
  /** Undefined where the arguments decide there. */
  readonly verdict: Verdict | undefined
  /** The rule that decides there. */
  readonly position: Position | undefined
}

/** What to ask for. */
export interface Advice {
  readonly kind: 'instead' | 'capability' | 'kernel' | 'architecture' | 'profile' | 'elsewhere'
  readonly text: string
  /** For `profile`: the rule to add, checked to work. */
  readonly rule?: object
}
