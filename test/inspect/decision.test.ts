import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SeccompError } from '../../lib/errors.ts'
import { parseCall } from '../../lib/inspect/call.ts'
import { decide, decisionPosition, formatDecision } from '../../lib/inspect/decision.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { callsAt, profiles } from '../arbitrary.ts'

const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'none' })
const text = `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [
    { "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] }
  ]
}`
const policyOf = (profile: object): Policy => resolvePolicy(parseProfile(profile), target)
const policy = policyOf(parseProfileText(text, { source: 'p.json' }))

describe('decide', () => {
  test('gives the verdict of the oracle for every call, -1 and numbers with high bits among them', () => {
    fc.assert(
      fc.property(profiles, fc.gen(), (profile, gen) => {
        let policy: Policy
        try {
          policy = resolvePolicy(
            profile,
            target,
            gen(() => fc.constantFrom('safe' as const, 'runc' as const)),
          )
        } catch (error) {
          // Random profiles may contradict themselves.
          if (error instanceof SeccompError && error.code === 'ERR_POLICY_CONFLICT') return
          throw error
        }
        for (const call of gen(fc.array, callsAt(policy), { minLength: 20, maxLength: 40 }))
          expect(decide(policy, call).verdict).toBe(evaluate(policy, call))
      }),
      { numRuns: 200, endOnFailure: true },
    )
  })

  test('names the rule and its place', () => {
    const decision = decide(policy, parseCall('socket', ['1'], 'x86_64'))
    expect(decision.by).toBe('rule')
    expect(formatDecision(decision)).toBe('p.json:6:5 /syscalls/1')
  })

  test('says when no rule fits', () => {
    for (const call of [parseCall('socket', ['2'], 'x86_64'), parseCall('close', [], 'x86_64')]) {
      const decision = decide(policy, call)
      expect(decision.by).toBe('default')
      expect(formatDecision(decision)).toMatch(/^the default action at p\.json:2:3: no rule /)
      expect(decisionPosition(decision)).toEqual({
        source: 'p.json',
        pointer: '/defaultAction',
        line: 2,
        column: 3,
      })
    }
  })

  test('knows no place in a profile that is an object, nor in one that was changed', () => {
    const call = parseCall('close', [], 'x86_64')
    const changed = { ...parseProfileText(text, { source: 'p.json' }), flags: [] }
    for (const profile of [JSON.parse(text), changed]) {
      const decision = decide(policyOf(profile), call)
      expect(formatDecision(decision)).toMatch(/^the default action: no rule /)
      expect(decisionPosition(decision)).toEqual({ pointer: '/defaultAction' })
    }
  })

  test('says when the number is above all that the profile names', () => {
    const decision = decide(policy, parseCall('600', [], 'x86_64'))
    expect(decision).toMatchObject({ by: 'newest', newest: 41 })
    expect(formatDecision(decision)).toContain('no call on x86_64 above 41')
  })

  test('says when the architecture is not listed', () => {
    expect(decide(policy, parseCall('read', [], 'x86')).by).toBe('foreign')
    expect(decide(policy, parseCall('read', [], 'x32')).by).toBe('foreign')
  })
})
