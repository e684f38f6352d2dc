import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call } from '../../../lib/bpf/data.ts'
import { actionOf, strictness, verdict as verdictOf } from '../../../lib/bpf/verdict.ts'
import { profileFor } from '../../../lib/policy/compose/native.ts'
import { intersect, union } from '../../../lib/policy/compose/union-intersect.ts'
import { loosestAnswer, strictestAnswer } from '../../../lib/policy/compose/verdicts.ts'
import { composeWarnings } from '../../../lib/policy/compose/warnings.ts'
import { architectureOf, evaluate, isAbove } from '../../../lib/policy/evaluate.ts'
import type { Faithfulness, Policy } from '../../../lib/policy/policy.ts'
import type { TargetOptions } from '../../../lib/policy/target.ts'
import type { Profile } from '../../../lib/profile/types.ts'
import { callsAt } from '../../arbitrary.ts'
import { answer, policyOf, targets, unlessRefused, usualPairs, wildProfiles } from './arbitrary.ts'

const rank = (verdict: number): number => strictness(actionOf(verdict))

const ENOSYS = verdictOf('ERRNO', 38)
const isDenied = (verdict: number): boolean => rank(verdict) <= rank(ENOSYS)
const isStubs = (policy: Policy, call: Call): boolean => {
  const where = architectureOf(policy, call)
  return typeof where !== 'string' && isAbove(where, call.nr)
}

const operations = {
  intersect: { compose: intersect, choose: strictestAnswer },
  union: { compose: union, choose: loosestAnswer },
}

interface Composition {
  readonly policies: readonly Policy[]
  readonly composed: Profile
  readonly policy: Policy
}

/** Both profiles and their composition on one target, if each can be had there. */
const composition = (
  compose: typeof intersect,
  profiles: readonly [Profile, Profile],
  target: TargetOptions,
  as: Faithfulness,
): Composition | undefined => {
  const policies = profiles.map((profile) => unlessRefused(() => policyOf(profile, target, as)))
  const composed = unlessRefused(() => compose(...profiles))
  if (!composed || !policies.every((policy) => policy !== undefined)) return undefined
  // A composition of profiles that can be used can be used.
  return { policies, composed, policy: policyOf(composed, target, as) }
}

/**
 * Calls where any of the three may change its mind. Not those of an architecture that isn't listed any more: how they
 * end, the process or the thread, is for the runtime to say, and no profile.
 */
const someCalls = ({ policies, policy }: Composition, gen: fc.GeneratorValue): Call[] =>
  [...policies, policy]
    .flatMap((each) => gen(fc.array, callsAt(each), { minLength: 10, maxLength: 30 }))
    .filter((call) => architectureOf(policy, call) !== 'foreign')

describe.each(Object.entries(operations))('%s', (_, { compose, choose }) => {
  test('gives every call what its profiles give it, combined, or warns and is stricter', () => {
    const count = { composed: 0, exact: 0 }
    fc.assert(
      fc.property(usualPairs, targets, fc.gen(), (pair, target, gen) => {
        const found = composition(compose, pair, target, 'crun')
        if (!found) return
        const { policies, composed, policy } = found
        const warnings = composeWarnings(composed)
        count.composed++
        if (warnings.length === 0) count.exact++
        for (const call of someCalls(found, gen)) {
          const wanted = choose(policies.map((each) => answer(each, call)))
          const verdict = evaluate(policy, call)
          if (warnings.length === 0) expect({ call, verdict }).toEqual({ call, verdict: wanted })
          else expect({ call, isAsStrict: rank(verdict) <= rank(wanted) }).toEqual({ call, isAsStrict: true })
        }
      }),
      { numRuns: 600, endOnFailure: true, interruptAfterTimeLimit: 40_000 },
    )
    console.log(count)
    expect(count.exact).toBeGreaterThan(100)
  })

  test('is never less strict, whatever the operands and however faithful', () => {
    let composed = 0
    fc.assert(
      fc.property(
        wildProfiles,
        wildProfiles,
        targets,
        fc.constantFrom<Faithfulness>('crun', 'safe', 'runc'),
        fc.gen(),
        (a, b, target, as, gen) => {
          const [left, right] = [a, b].map((each) => unlessRefused(() => profileFor(each, target)))
          const found = left && right && composition(compose, [left, right], target, as)
          if (!found) return
          composed++
          for (const call of someCalls(found, gen)) {
            const wanted = choose(found.policies.map((each) => answer(each, call)))
            const verdict = evaluate(found.policy, call)
            // runc's stub stands before the filter: above the newest call it says ENOSYS to what is denied anyway.
            const asStrictAs = isStubs(found.policy, call) && isDenied(wanted) ? ENOSYS : wanted
            expect({ call, isAsStrict: rank(verdict) <= rank(asStrictAs) }).toEqual({
              call,
              isAsStrict: true,
            })
          }
        },
      ),
      { numRuns: 600, endOnFailure: true, interruptAfterTimeLimit: 40_000 },
    )
    expect(composed).toBeGreaterThan(300)
  })
})
