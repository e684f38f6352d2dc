import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call } from '../../lib/bpf/data.ts'
import { strictest } from '../../lib/bpf/verdict.ts'
import { architectureOf, evaluate } from '../../lib/policy/evaluate.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import type { Profile } from '../../lib/profile/types.ts'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'
import { argumentWidth } from '../../lib/syscalls/arguments.ts'
import { nameOf } from '../../lib/syscalls/numbers.ts'
import { checkCalls, samples } from '../../lib/testing/check-calls.ts'
import { fulfils, parseExpectedVerdict } from '../../lib/testing/expected-verdict.ts'
import type { TestArgument } from '../../lib/testing/test-argument.ts'
import { callsAt, profiles } from '../arbitrary.ts'
import { target } from './profiles.ts'

/** A profile's policy; undefined where its rules contradict each other. */
const policyOf = (profile: Profile, as: 'safe' | 'runc'): Policy | undefined => {
  try {
    return resolvePolicy(profile, makeTarget(target), as)
  } catch {
    return undefined
  }
}

/** Whose call it is, with the arguments that it can have there. */
const madeOn = (policy: Policy, call: Call): { arch: ArchitectureName; call: Call } | undefined => {
  const where = architectureOf(policy, call)
  if (typeof where === 'string') return undefined
  const args = ['x86', 'arm'].includes(where.arch) ? call.args.map((value) => value & 0xffffffffn) : call.args
  return { arch: where.arch, call: { ...call, args } }
}

/** Whether the call is one of those that a test means: what C passes as an int says nothing of the upper half. */
const isMeant = (argument: TestArgument, value: bigint, narrow: boolean): boolean => {
  if (argument === undefined) return true
  const wanted = BigInt.asIntN(64, argument as bigint)
  const isInt = wanted >= -0x80000000n && wanted <= 0xffffffffn
  const bits = narrow && isInt ? 32 : 64
  return BigInt.asUintN(bits, value) === BigInt.asUintN(bits, wanted)
}

const cases = fc
  .tuple(profiles, fc.constantFrom('safe' as const, 'runc' as const))
  .map(([profile, as]) => policyOf(profile, as))
  .filter((policy) => policy !== undefined)
  .chain((policy) =>
    fc.record({
      policies: fc.constant([policy]),
      call: callsAt(policy),
      known: fc.tuple(...Array.from({ length: 6 }, () => fc.boolean())),
      expected: fc
        .constantFrom('denied', 'allowed', 'killed', 'ERRNO(EPERM)', 'LOG')
        .map(parseExpectedVerdict),
    }),
  )

test('what is said of all calls of a pattern is so for each, and what is shown against it is one of them', () => {
  let [held, failed] = [0, 0]
  fc.assert(
    fc.property(cases, ({ policies, call: any, known, expected }) => {
      const made = madeOn(policies[0]!, any)
      fc.pre(made !== undefined)
      const { arch, call } = made
      const args = call.args.map((value, index) => (known[index] ? value : undefined))
      const pattern = { call: `#${call.nr}`, arch, args }
      const meaning = (one: Call): number => strictest(policies.map((policy) => evaluate(policy, one)))
      const all = [...samples(policies, pattern)]
      for (const sample of all) expect(meaning(sample.call)).toBe(sample.verdict)

      const outcome = checkCalls(policies, all, expected)
      const isSo = fulfils(meaning(call), expected, arch)
      if (outcome.holds) expect(isSo).toBe(true)
      else {
        expect(fulfils(meaning(outcome.call), expected, arch)).toBe(false)
        if (isSo) expect(outcome.some).toBe(true)
      }
      expect(outcome.decision.verdict).toBe(meaning(outcome.call))
      expect(outcome.call).toMatchObject({ nr: call.nr, arch: call.arch })
      const name = nameOf(arch, call.nr) ?? ''
      for (const [index, argument] of args.entries())
        expect(isMeant(argument, outcome.call.args[index]!, argumentWidth(name, index, arch) === 32)).toBe(
          true,
        )
      if (outcome.holds) held++
      else failed++
    }),
    { numRuns: 600 },
  )
  // Neither is the rare case.
  expect(Math.min(held, failed)).toBeGreaterThan(50)
})
