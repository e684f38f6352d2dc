import type { Verdict } from '../../bpf/verdict.ts'
import { SeccompError } from '../../errors.ts'
import type { Position } from '../../profile/types.ts'
import type { Consequence } from './needs.ts'

/** One thing this process needs and the filter takes away. */
export interface Finding {
  /** `fatal`: whenever Node makes this call. `possible`: for some arguments it may pass, or only should it ever call. */
  readonly severity: 'fatal' | 'possible'
  /** undefined: every call that no rule names. */
  readonly syscall: string | undefined
  readonly verdict: Verdict
  /** The rule that decides; undefined for the profile's default. */
  readonly position: Position | undefined
  readonly consequence: Consequence
  /** What needs the call, and what happens, one sentence. */
  readonly why: string
  /** What to do about it, one phrase each, best first. */
  readonly remedies: readonly string[]
  /** For people: all of the above in one line. */
  readonly message: string
}

/** Whether Node certainly meets it. */
export const isFatal = ({ severity }: Finding): boolean => severity === 'fatal'

const words = {
  self: [
    'nothing was installed, for this running process would not survive the filter:',
    'or start the program under the profile (seccomp run -- node …; fork; execSelf as its first line), where Node ' +
      'adapts to most of this; or apply it with { force: true }, whatever happens',
  ],
  child: [
    'nothing was started, for Node would not survive the filter:',
    'or start it with seccompOptions: { force: true }, whatever happens',
  ],
} as const

/**
 * A running Node can't live under the filter; nothing was installed, and nothing started.
 * @see preflight
 * @example try { apply(profile) } catch (error) { if (error instanceof PreflightError) console.log(error.findings) }
 */
export class PreflightError extends SeccompError {
  /** Fatal ones first. */
  readonly findings: readonly Finding[]

  /** @param who whether it is this process that can't live, or a Node that was to be started. */
  constructor(findings: readonly Finding[], who: 'self' | 'child' = 'self') {
    const [first, last] = words[who]
    const fatal = findings.filter(isFatal).map(({ message }) => `  ${message}`)
    super('ERR_PREFLIGHT', [first, ...fatal, last].join('\n'))
    this.findings = findings
  }
}
