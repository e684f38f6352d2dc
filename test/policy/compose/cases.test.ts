import fc from 'fast-check'
import { expect, test } from 'vitest'
import { casesOf } from '../../../lib/policy/compose/cases.ts'
import { whyGated } from '../../../lib/policy/resolve.ts'
import { makeTarget } from '../../../lib/policy/target.ts'
import type { Gate, Rule } from '../../../lib/profile/types.ts'
import { architectures } from '../../../lib/syscalls/architectures.ts'

const caps = fc.subarray(['CAP_SYS_ADMIN', 'CAP_BPF', 'CAP_SYS_PTRACE'], { minLength: 1 })
const arches = fc.subarray(['amd64', 'x86', 'arm64', 's390x'], { minLength: 1 })
const gate: fc.Arbitrary<Gate> = fc.record(
  { caps, arches, minKernel: fc.constantFrom('4.8', '5.10', '6.1') },
  { requiredKeys: [] },
)
const rule: fc.Arbitrary<Rule> = fc
  .record({ includes: gate, excludes: gate }, { requiredKeys: [] })
  .map((gates) => ({ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [], ...gates }))
const target = fc
  .record({
    arch: fc.constantFrom(...architectures.map(({ name }) => name)),
    kernel: fc.constantFrom('4.4', '4.8', '5.4', '5.10', '5.11', '6.18'),
    capabilities: fc.subarray(['CAP_SYS_ADMIN', 'CAP_BPF', 'CAP_SYS_PTRACE', 'CAP_CHOWN']),
  })
  .map((options) => makeTarget(options))

test('every target falls in one case, and gates made for some cases open there and nowhere else', () => {
  let several = 0
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 3 }),
      fc.boolean(),
      fc.array(target, { maxLength: 10 }),
      fc.gen(),
      (rules, mayOverlap, targets, gen) => {
        const cases = casesOf(rules, ['read'])
        const opens = (of: (typeof targets)[0]): string =>
          rules.map((each) => whyGated(each, of) === undefined).join()
        const all = cases.examples.map(opens)
        if (all.length > 1) several++
        const wanted = gen(fc.constantFrom, ...all)
        const chosen = new Set(all.flatMap((each, index) => (each === wanted ? [index] : [])))
        const made = cases
          .gatesFor(chosen, mayOverlap)
          .map((gates): Rule => ({ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [], ...gates }))
        for (const each of targets) {
          expect(all).toContain(opens(each))
          const open = made.filter((built) => whyGated(built, each) === undefined).length
          if (opens(each) !== wanted) expect(open).toBe(0)
          else if (mayOverlap) expect(open).toBeGreaterThan(0)
          else expect(open).toBe(1)
        }
      },
    ),
    { numRuns: 300 },
  )
  expect(several).toBeGreaterThan(100)
})

test('without gates there is one case, which needs none', () => {
  const cases = casesOf([{ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [] }], ['read'])
  expect(cases.examples).toHaveLength(1)
  expect(cases.gatesFor(new Set([0]), false)).toEqual([{}])
})

test('gates stay as they were written where one says it', () => {
  const gates = { includes: { caps: ['CAP_BPF'], minKernel: '5.10' }, excludes: { arches: ['s390x'] } }
  const built: Rule = { names: ['bpf'], action: 'SCMP_ACT_ALLOW', args: [], ...gates }
  const cases = casesOf([built], ['bpf'])
  const open = new Set(
    cases.examples.flatMap((each, index) => (whyGated(built, each) === undefined ? [index] : [])),
  )
  expect(cases.gatesFor(open, false)).toEqual([gates])
})

test('too many gates are an error that says what to do', () => {
  const many = [
    'CAP_CHOWN',
    'CAP_FOWNER',
    'CAP_KILL',
    'CAP_SETGID',
    'CAP_SETUID',
    'CAP_BPF',
    'CAP_SYSLOG',
    'CAP_SYS_NICE',
    'CAP_SYS_TIME',
    'CAP_SYS_BOOT',
  ]
  const rules = many.map(
    (each): Rule => ({ names: ['bpf'], action: 'SCMP_ACT_ALLOW', args: [], includes: { caps: [each] } }),
  )
  expect(() => casesOf(rules, ['bpf'])).toThrow(
    expect.objectContaining({ code: 'ERR_TARGET_INVALID', message: expect.stringContaining('profileFor') }),
  )
})
