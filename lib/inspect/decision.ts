import type { Call } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import { architectureOf, callPolicy, decidingRule, isAbove } from '../policy/evaluate.ts'
import { formatPosition } from '../policy/format.ts'
import type { Policy, PolicyRule } from '../policy/policy.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'

/** Why a call gets its verdict; `verdict` is what `evaluate` says. */
export type Decision =
  | {
      readonly by: 'rule'
      readonly verdict: Verdict
      readonly arch: ArchitectureName
      readonly rule: PolicyRule
    }
  /** No rule names the call, or none of its conditions hold. */
  | { readonly by: 'default'; readonly verdict: Verdict }
  /** The number is above the newest one the profile names. */
  | {
      readonly by: 'newest'
      readonly verdict: Verdict
      readonly arch: ArchitectureName
      readonly newest: number
    }
  /** The profile doesn't list the call's architecture. */
  | { readonly by: 'foreign'; readonly verdict: Verdict }

/**
 * What part of a policy decides a call.
 * @example decide(filter.policy, parseCall('socket', ['40'], 'x86_64'))
 */
export const decide = (policy: Policy, call: Call): Decision => {
  const where = architectureOf(policy, call)
  if (where === 'foreign') return { by: 'foreign', verdict: policy.foreignVerdict }
  if (where === 'none') return { by: 'default', verdict: policy.defaultVerdict }
  const { arch, above } = where
  const rule = decidingRule(where, call)
  if (rule) return { by: 'rule', verdict: rule.verdict, arch, rule }
  if (above && !callPolicy(where, call.nr) && isAbove(where, call.nr))
    return { by: 'newest', verdict: above.verdict, arch, newest: above.newest }
  return { by: 'default', verdict: policy.defaultVerdict }
}

/** A decision as a sentence's end: `profile.json:41:9 /syscalls/3`, `the default action`. */
export const formatDecision = (decision: Decision): string => {
  switch (decision.by) {
    case 'rule':
      return formatPosition(decision.rule.position)
    case 'default':
      return 'the default action: no rule names this call with these arguments'
    case 'newest':
      return `its number: the profile names no call on ${decision.arch} above ${decision.newest}`
    case 'foreign':
      return "its architecture: the profile doesn't list it"
  }
}
