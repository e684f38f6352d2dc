/** Filters that give what they deny another answer than their profile does. */
import { type CompileOptions, type Filter, policyFor } from '../../filter/compile.ts'
import { stackPolicy } from '../../filter/stack.ts'
import { type OnViolation, onViolation } from '../../policy/on-violation.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Target } from '../../policy/target.ts'
import type { Profile } from '../../profile/types.ts'

/** {@link compileStack} with another answer, if one is asked for. */
export const compileAnswering = (
  profile: Profile,
  options: CompileOptions,
  target: Target,
  mode: OnViolation | undefined,
): readonly Filter[] =>
  mode === undefined
    ? stackPolicy(policyFor(profile, options, target), options.weights)
    : stackPolicy(onViolation(policyFor(profile, options, target), mode))

const known = new WeakMap<Filter, Map<OnViolation, readonly Filter[]>>()

/** The same for filters: their policies are compiled anew, once for each. */
export const answering = (filters: readonly Filter[], mode: OnViolation | undefined): readonly Filter[] => {
  if (mode === undefined) return filters
  return filters.flatMap((filter) => {
    const ofFilter = known.get(filter) ?? new Map<OnViolation, readonly Filter[]>()
    known.set(filter, ofFilter)
    const others = ofFilter.get(mode) ?? stackPolicy(onViolation(filter.policy, mode))
    ofFilter.set(mode, others)
    return others
  })
}

/** What a policy that traps means where the handler is there: error numbers. */
export const handled = (policy: Policy): Policy => onViolation(policy, 'errno')
