import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALLOW, verdict } from '../../lib/bpf/verdict.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { warnOfOverlaps } from '../../lib/policy/overlap.ts'
import type { Faithfulness, Policy, PolicyCondition, PolicyRule, Warning } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { operatorNames } from '../../lib/profile/parse/names.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'
import type { Position } from '../../lib/profile/types.ts'

const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'none' })
const where = { arch: 'x86_64', syscall: 'mmap' } as const

const policyOf = (rules: string, as: Faithfulness = 'runc'): Policy =>
  resolvePolicy(
    parseProfileText(`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[\n${rules}\n]}`, { source: 'p.json' }),
    target,
    as,
  )
const rule = (action: string, ...args: (readonly [index: number, op: string, value: string])[]): string => {
  const conditions = args.map(
    ([index, op, value]) => `{"index":${index},"op":"SCMP_CMP_${op}","value":${value}}`,
  )
  return `{"names":["mmap"],"action":"SCMP_ACT_${action}","args":[${conditions.join(',')}]}`
}
const overlaps = ({ warnings }: Policy): Warning[] => warnings.filter(({ kind }) => kind === 'overlap')

describe('overlapping rules', () => {
  test('of different verdicts are a warning at the one that loses, which names the one that wins', () => {
    const policy = policyOf(`${rule('ALLOW', [1, 'LE', '100'])},\n${rule('TRAP', [2, 'EQ', '7'])}`)
    expect(overlaps(policy)).toEqual([
      {
        kind: 'overlap',
        // The higher argument is tried first, though its rule stands second.
        message:
          'some calls of mmap match this rule (ALLOW) and p.json:3:1 /syscalls/1 (TRAP), which is tried first and ' +
          'decides them, whatever the order in the profile',
        position: expect.objectContaining({ source: 'p.json', line: 2, pointer: '/syscalls/0' }),
        syscall: 'mmap',
        arch: 'x86_64',
      },
    ])
    const call = { arch: 0xc000003e, nr: 9, instructionPointer: 0n, args: [0n, 50n, 7n, 0n, 0n, 0n] }
    expect(evaluate(policy, call)).toBe(verdict('TRAP'))
  })

  test.each([
    ['the same verdict', rule('ALLOW', [1, 'LE', '100']), rule('ALLOW', [2, 'EQ', '7'])],
    ['ranges apart', rule('ALLOW', [1, 'LE', '100']), rule('TRAP', [1, 'GT', '100'])],
    ['a value and all others', rule('ALLOW', [1, 'NE', '5']), rule('TRAP', [1, 'EQ', '5'], [2, 'EQ', '1'])],
    ['halves that differ', rule('ALLOW', [1, 'EQ', '4294967297']), rule('TRAP', [1, 'EQ', '1'])],
    ['a rule that never holds', rule('ALLOW', [1, 'LT', '0']), rule('TRAP', [2, 'EQ', '7'])],
  ])('are none with %s', (_, one, other) => {
    expect(overlaps(policyOf(`${one},\n${other}`))).toEqual([])
  })

  test('on 32 bits meet where the kernel reads no more', () => {
    const rules = [rule('ALLOW', [0, 'EQ', '4294967336']), rule('TRAP', [0, 'GE', '40'])]
    const text = rules.join(',\n').replaceAll('mmap', 'socket')
    expect(overlaps(policyOf(text, 'runc')).map(({ position }) => position?.pointer)).toEqual(['/syscalls/1'])
    expect(overlaps(policyOf(text, 'safe')).map(({ position }) => position?.pointer)).toEqual(['/syscalls/1'])
    const apart = text.replace('40}', '50}')
    // As 64 bits 0x100000028 is at least 50; as 32 bits it is 40.
    expect(overlaps(policyOf(apart, 'runc'))).toHaveLength(1)
    expect(overlaps(policyOf(apart, 'safe'))).toHaveLength(0)
  })

  test('are all found and none invented, by trying every call of small arguments', () => {
    const condition: fc.Arbitrary<PolicyCondition> = fc
      .record({
        index: fc.constantFrom(0, 1),
        op: fc.constantFrom(...operatorNames),
        value: fc.bigInt(0n, 6n),
        valueTwo: fc.bigInt(0n, 7n),
        high: fc.constantFrom(0n, 0n, 1n),
      })
      .map(({ index, op, value, valueTwo, high }) => {
        const wide = value | (high << 32n)
        const masked = op === 'SCMP_CMP_MASKED_EQ'
        // Argument 1 has 32 bits.
        const width = index === 1 ? 32 : 64
        const operand = width === 32 ? value : wide
        return { index, op, width, value: operand, valueTwo: masked ? valueTwo & operand : 0n }
      })
    const rules = fc.array(
      fc.record({
        conditions: fc.uniqueArray(condition, { selector: ({ index }) => index, minLength: 1, maxLength: 2 }),
        verdict: fc.constantFrom(ALLOW, verdict('TRAP'), verdict('LOG')),
      }),
      { minLength: 2, maxLength: 6 },
    )
    // Beyond every operand, so that all its bits come with every mask.
    const small = Array.from({ length: 16 }, (_, i) => BigInt(i))
    const calls = [0n, 1n, 2n, 3n].flatMap((high) =>
      small.flatMap((low) => small.map((other) => [(high << 32n) + low, other])),
    )
    const matches = ({ conditions }: Pick<PolicyRule, 'conditions'>, args: bigint[]): boolean => {
      const only = { number: 9, name: 'mmap', rules: [{ conditions, verdict: 1, position: undefined }] }
      const policy: Policy = {
        target,
        as: 'runc',
        defaultVerdict: 0,
        defaultPosition: undefined,
        foreignVerdict: 0,
        architectures: [{ arch: 'x86_64', audit: 0xc000003e, calls: [only], above: undefined }],
        flags: [],
        warnings: [],
      }
      const call = { arch: 0xc000003e, nr: 9, instructionPointer: 0n, args: [...args, 0n, 0n, 0n, 0n] }
      return evaluate(policy, call) === 1
    }
    let found = 0
    fc.assert(
      fc.property(rules, (list) => {
        const placed = list.map(
          (each, i): PolicyRule => ({
            ...each,
            position: { pointer: `/syscalls/${i}` } as Position,
          }),
        )
        const matching = placed.map((each) => calls.map((args) => matches(each, args)))
        const meet = (a: number, b: number): boolean =>
          calls.some((_, n) => matching[a]![n] && matching[b]![n])
        const expected = placed.flatMap((loser, i) => {
          const winner = placed.find(
            (each, before) => before < i && each.verdict !== loser.verdict && meet(before, i),
          )
          return winner ? [[loser.position?.pointer, winner.position?.pointer]] : []
        })
        const warnings: Warning[] = []
        warnOfOverlaps(placed, where, warnings)
        const said = warnings.map(({ position, message }) => [
          position?.pointer,
          /and (\/syscalls\/\d+) /.exec(message)![1],
        ])
        expect(said).toEqual(expected)
        found += said.length
      }),
      { numRuns: 300 },
    )
    expect(found).toBeGreaterThan(100)
  })

  test('among thousands of rules are found in the time of a lookup, or the search says that it stops', () => {
    const eq = (value: number, action: string): string => rule(action, [1, 'EQ', `${value}`])
    const lists = Array.from({ length: 4000 }, (_, i) => eq(i, i % 2 ? 'ALLOW' : 'TRAP'))
    const started = performance.now()
    const policy = policyOf([...lists, rule('LOG', [2, 'EQ', '3'])].join(',\n'))
    expect(performance.now() - started).toBeLessThan(5000)
    // The rule on the higher argument is tried first and wins over each.
    expect(overlaps(policy)).toHaveLength(4000)
    // Masks that never meet: nothing to look them up by.
    const masked = (value: number, action: string): string =>
      `{"names":["mmap"],"action":"SCMP_ACT_${action}","args":[{"index":1,"op":"SCMP_CMP_MASKED_EQ","value":16777215,"valueTwo":${value}}]}`
    const masks = Array.from({ length: 3000 }, (_, i) => masked(i, i % 2 ? 'ALLOW' : 'TRAP'))
    expect(overlaps(policyOf(masks.join(',\n'))).map(({ message }) => message)).toEqual([
      expect.stringContaining('overlaps are not looked for'),
    ])
    expect(overlaps(policyOf(masks.slice(0, 500).join(',\n')))).toEqual([])
  })
})
