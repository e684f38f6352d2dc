import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call } from '../../../lib/bpf/data.ts'
import { ALLOW, actionOf, strictness, verdict as verdictOf } from '../../../lib/bpf/verdict.ts'
import { compile, compilePolicy } from '../../../lib/filter/compile.ts'
import { prove } from '../../../lib/filter/prove/prove.ts'
import { extend } from '../../../lib/policy/compose/extend.ts'
import { profileFor } from '../../../lib/policy/compose/native.ts'
import { intersect, union } from '../../../lib/policy/compose/union-intersect.ts'
import { loosestAnswer, strictestAnswer } from '../../../lib/policy/compose/verdicts.ts'
import { composeWarnings } from '../../../lib/policy/compose/warnings.ts'
import { architectureOf, evaluate, isAbove } from '../../../lib/policy/evaluate.ts'
import type { Faithfulness, Policy } from '../../../lib/policy/policy.ts'
import type { TargetOptions } from '../../../lib/policy/target.ts'
import { parseProfile } from '../../../lib/profile/parse.ts'
import { dockerDefault } from '../../../lib/profile/presets/docker-default.ts'
import type { Profile } from '../../../lib/profile/types.ts'
import { nameOf } from '../../../lib/syscalls/numbers.ts'
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

/** The name of a call on the architecture it is made for. */
const nameAt = (policy: Policy, call: Call): string | undefined => {
  const where = architectureOf(policy, call)
  return typeof where === 'string' ? undefined : nameOf(where.arch, call.nr)
}

describe.each(Object.entries(operations))('%s', (_, { compose, choose }) => {
  test('gives every call what its profiles give it, combined; those with a warning something stricter', () => {
    const count = { calls: 0, warned: 0 }
    fc.assert(
      fc.property(usualPairs, targets, fc.gen(), (pair, target, gen) => {
        const found = composition(compose, pair, target, 'crun')
        if (!found) return
        const { policies, composed, policy } = found
        const warned = new Set(composeWarnings(composed).map(({ syscall }) => syscall))
        const wrong = someCalls(found, gen).find((call) => {
          const wanted = choose(policies.map((each) => answer(each, call)))
          const verdict = evaluate(policy, call)
          count.calls++
          const name = nameAt(policy, call)
          if (name === undefined || !warned.has(name)) return verdict !== wanted
          count.warned++
          return rank(verdict) > rank(wanted)
        })
        expect(wrong).toBeUndefined()
      }),
      { numRuns: 200, endOnFailure: true },
    )
    expect(count.calls).toBeGreaterThan(5000)
    expect(count.warned / count.calls).toBeLessThan(0.1)
  })

  test('is never less strict, whatever the operands and however faithful', () => {
    let composed = 0
    fc.assert(
      fc.property(
        wildProfiles,
        wildProfiles,
        targets,
        fc.boolean(),
        fc.constantFrom<Faithfulness>('crun', 'safe', 'runc'),
        fc.gen(),
        (a, b, target, resolved, as, gen) => {
          const [left, right] = [a, b].map((each) =>
            resolved ? unlessRefused(() => profileFor(each, target)) : each,
          )
          const found = left && right && composition(compose, [left, right], target, as)
          if (!found) return
          composed++
          const stubs = composeWarnings(found.composed).filter(({ kind }) => kind === 'stub')
          const wrong = someCalls(found, gen).find((call) => {
            const wanted = choose(found.policies.map((each) => answer(each, call)))
            if (rank(evaluate(found.policy, call)) <= rank(wanted)) return false
            const name = nameAt(found.policy, call)
            // No call of any architecture: without a stub x86_64 takes it for x32's (evaluate.ts), with one it is new.
            if (call.nr >= 2 ** 31) return !(isStubs(found.policy, call) && isDenied(wanted))
            // runc's stub stands before the filter: what no rule can say of it is said in a warning.
            return !stubs.some(({ syscall }) =>
              syscall === undefined ? isStubs(found.policy, call) && isDenied(wanted) : syscall === name,
            )
          })
          expect(wrong).toBeUndefined()
        },
      ),
      { numRuns: 200, endOnFailure: true },
    )
    expect(composed).toBeGreaterThan(60)
  })
})

const machine = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const

/** What the prover says of one profile's filter and another's meaning, runc's stub included. */
const sameAs = (of: Profile, other: Profile, target: TargetOptions = machine): string =>
  prove(compilePolicy(policyOf(of, target, 'runc')).instructions, policyOf(other, target, 'runc')).result

describe('runc’s stub', () => {
  const named = (action: string, ...names: string[]): object => ({ names, action: `SCMP_ACT_${action}` })
  const policiesOf = (profile: Profile, target: TargetOptions): Policy[] =>
    (['safe', 'runc', 'crun'] as const).map((as) => policyOf(profile, target, as))
  const call = (nr: number): Call => ({
    arch: 0x40000003,
    nr,
    instructionPointer: 0n,
    args: [0n, 0n, 0n, 0n, 0n, 0n],
  })
  const i386 = { arch: 'x86', kernel: '6.18', capabilities: 'none' } as const

  test('may let a call of ipc through by its own number in a union, with a warning that names it', () => {
    const old = parseProfile({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [named('ALLOW', 'shmget', 'read')],
    })
    const newer = parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [named('ALLOW', 'openat2')] })
    const both = union(old, newer)
    const shmget = call(395)
    const [safe, runc, crun] = policiesOf(both, i386).map((policy) => evaluate(policy, shmget))
    // Only runc answers for its stub: there both deny it.
    expect([safe, runc, crun]).toEqual([ALLOW, ALLOW, ALLOW])
    expect(policiesOf(old, i386).map((policy) => evaluate(policy, shmget))).toEqual([ALLOW, ENOSYS, ALLOW])
    const [warning, ...others] = composeWarnings(both)
    expect(others).toEqual([])
    expect(warning).toMatchObject({ kind: 'stub', syscall: 'shmget' })
    expect(warning?.message).toContain('x86')
    expect(warning?.wider?.on).toContain('x86')
    // So it isn't loaded as runc would load it, there.
    const wider = expect.objectContaining({ code: 'ERR_POLICY_CONFLICT', message: warning?.message })
    for (const each of [both, profileFor(both, i386), union(both, newer)])
      expect(() => compile(each, { ...i386, as: 'runc' })).toThrow(wider)
    expect(compile(both, { ...i386, as: 'crun' }).proof.result).toBe('proved')
    expect(compile(both, { ...machine, as: 'runc' }).proof.result).toBe('proved')
    // Nothing is opened that the profile of newer calls allows.
    const allowing = parseProfile({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [named('ALLOW', 'openat2', 'shmget')],
    })
    expect(composeWarnings(union(old, allowing))).toEqual([])
    // Nothing new is opened where the same profile knows the newer call.
    const same = parseProfile({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [named('ALLOW', 'shmget', 'read', 'openat2')],
    })
    expect(composeWarnings(union(same, newer))).toEqual([])
    expect(composeWarnings(union(profileFor(old, machine), profileFor(newer, machine)))).toEqual([])
  })

  test('may let a call of ipc through by its own number in an extension, unless that is what was asked', () => {
    const old = parseProfile({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [named('ALLOW', 'shmget', 'read')],
    })
    const newer = extend(old, { allow: ['openat2'] })
    expect(composeWarnings(newer)).toMatchObject([{ kind: 'stub', syscall: 'shmget' }])
    expect(() => compile(newer, { ...i386, as: 'runc' })).toThrow(
      expect.objectContaining({ code: 'ERR_POLICY_CONFLICT' }),
    )
    expect(compile(newer, { ...i386, as: 'crun' }).proof.result).toBe('proved')
    expect(composeWarnings(extend(old, { allow: ['openat2', 'shmget'] }))).toEqual([])
    expect(composeWarnings(extend(old, { allow: ['write'] }))).toEqual([])
  })

  test('may answer ENOSYS instead of a trap in an intersection, which is then refused', () => {
    const nothing = parseProfile({ defaultAction: 'SCMP_ACT_TRAP' })
    const some = parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [named('ALLOW', 'read')] })
    const both = intersect(nothing, some)
    const newest = call(500)
    const trap = verdictOf('TRAP')
    expect(policiesOf(both, i386).map((policy) => evaluate(policy, newest))).toEqual([ENOSYS, ENOSYS, trap])
    expect(composeWarnings(both)).toMatchObject([{ kind: 'stub' }])
    for (const as of ['safe', 'runc'] as const)
      expect(() => compile(both, { ...i386, as })).toThrow(
        expect.objectContaining({ code: 'ERR_POLICY_CONFLICT' }),
      )
    expect(compile(both, { ...i386, as: 'crun' }).proof.result).toBe('proved')
    const one = parseProfile({ defaultAction: 'SCMP_ACT_TRAP', syscalls: [named('TRAP', 'read')] })
    expect(composeWarnings(intersect(one, some))).toEqual([])
    expect(compile(intersect(one, some), i386).proof.result).toBe('proved')
  })

  test('isn’t there in an intersection with a profile that ends the process at every call', () => {
    const nothing = parseProfile({ defaultAction: 'SCMP_ACT_KILL_PROCESS' })
    const some = parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [named('ALLOW', 'read')] })
    const kill = verdictOf('KILL_PROCESS')
    for (const both of [intersect(nothing, some), intersect(some, nothing)]) {
      for (const nr of [3, 500])
        expect(policiesOf(both, i386).map((policy) => evaluate(policy, call(nr)))).toEqual([kill, kill, kill])
      expect(composeWarnings(both)).toEqual([])
      expect(compile(both, i386).proof.result).toBe('proved')
    }
  })
})

describe('proved, for every possible call:', () => {
  test.each(Object.entries(operations))('%s of a profile with itself is that profile', (_, { compose }) => {
    expect(sameAs(compose(dockerDefault, dockerDefault), dockerDefault)).toBe('proved')
    let proved = 0
    fc.assert(
      fc.property(wildProfiles, targets, (profile, target) => {
        const same = unlessRefused(() => compose(profile, profile))
        if (!same || !unlessRefused(() => policyOf(profile, target, 'runc'))) return
        proved++
        expect(sameAs(same, profile, target)).toBe('proved')
        expect(composeWarnings(same)).toEqual([])
      }),
      { numRuns: 100 },
    )
    expect(proved).toBeGreaterThan(25)
  })

  test.each(Object.entries(operations))(
    '%s doesn’t mind the order of profiles, errno aside',
    (_, { compose }) => {
      let proved = 0
      fc.assert(
        fc.property(usualPairs, targets, ([a, b], target) => {
          const [there, back] = [unlessRefused(() => compose(a, b)), unlessRefused(() => compose(b, a))]
          if (!there || !back || ![a, b].every((each) => unlessRefused(() => policyOf(each, target)))) return
          if (new Set([a, b].flatMap(errnosOf)).size > 1) return
          proved++
          expect(sameAs(there, back, target)).toBe('proved')
        }),
        { numRuns: 100 },
      )
      expect(proved).toBeGreaterThan(10)
    },
  )

  test('unconfined adds nothing to an intersection, and takes all from a union', () => {
    const unconfined = parseProfile({ defaultAction: 'SCMP_ACT_ALLOW', archMap: dockerDefault.archMap })
    expect(sameAs(intersect(dockerDefault, unconfined), dockerDefault)).toBe('proved')
    expect(sameAs(intersect(unconfined, dockerDefault), dockerDefault)).toBe('proved')
    expect(sameAs(union(dockerDefault, unconfined), unconfined)).toBe('proved')
  })

  test('three profiles give what two steps give', () => {
    const [a, b] = [
      parseProfile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [denyPtrace] }),
      parseProfile({ defaultAction: 'SCMP_ACT_LOG', syscalls: [allowRead] }),
    ]
    expect(sameAs(intersect(a, b, dockerDefault), intersect(a, intersect(b, dockerDefault)))).toBe('proved')
  })
})

const denyPtrace = { names: ['ptrace'], action: 'SCMP_ACT_KILL_PROCESS' }
const allowRead = { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' }
const errnosOf = ({ defaultAction, syscalls }: Profile): number[] => [
  ...(defaultAction === 'SCMP_ACT_ERRNO' ? [1] : []),
  ...syscalls.flatMap(({ action, errnoRet }) => (action === 'SCMP_ACT_ERRNO' ? [errnoRet ?? 1] : [])),
]
