import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Verdict, verdict } from '../../../lib/bpf/verdict.ts'
import { everyBox, splitBox } from '../../../lib/policy/compose/boxes.ts'
import { type Comparison, comparisonsFor } from '../../../lib/policy/compose/comparisons.ts'
import {
  contains,
  isRange,
  isWidthFree,
  meet,
  sidesOf,
  tighten,
  U32,
  U64,
  type Values,
  valuesOf,
} from '../../../lib/policy/compose/values.ts'
import { writeCells } from '../../../lib/policy/compose/write.ts'
import { operatorNames } from '../../../lib/profile/parse/names.ts'

const edge = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.constantFrom(0x7fffffffn, 0x80000000n, U32 - 1n, U32),
  fc.bigInt({ min: 0n, max: U32 }),
)
const mask = fc.oneof(fc.bigInt({ min: 0n, max: 31n }), fc.bigInt({ min: 0n, max: U32 }))

/** Ranges as conditions make them: up to a number of 32 bits, or without end. */
const someValues: fc.Arbitrary<Values> = fc
  .tuple(fc.oneof(edge, fc.constant(U32 + 1n)), fc.oneof(edge, fc.constant(U64)), mask, mask)
  .map(([low, high, bits, wanted]) => valuesOf(low, high, bits, wanted & bits))
  .filter((values) => values !== undefined)

/** Numbers where sets begin and end. */
const near = (...sets: readonly Values[]): fc.Arbitrary<bigint> =>
  fc
    .tuple(
      fc.constantFrom(
        ...sets.flatMap(({ low, high, bits, mask: m }) => [low, high, bits, low | bits, (high & ~m) | bits]),
      ),
      fc.bigInt({ min: -2n, max: 2n }),
      fc.constantFrom(0n, 1n << 32n, 1n << 40n, 1n, 16n),
    )
    .map(([at, step, flip]) => BigInt.asUintN(64, (at + step) ^ flip))

const has = (values: Values | undefined, x: bigint): boolean =>
  values !== undefined && x >= values.low && x <= values.high && (x & values.mask) === values.bits

const holds = ({ op, value, valueTwo }: Comparison, x: bigint): boolean =>
  ({
    SCMP_CMP_EQ: x === value,
    SCMP_CMP_NE: x !== value,
    SCMP_CMP_LT: x < value,
    SCMP_CMP_LE: x <= value,
    SCMP_CMP_GT: x > value,
    SCMP_CMP_GE: x >= value,
    SCMP_CMP_MASKED_EQ: (x & value) === (value & valueTwo),
  })[op]

const comparison: fc.Arbitrary<Comparison> = fc
  .record({
    op: fc.constantFrom(...operatorNames),
    value: fc.oneof(
      edge,
      edge.map((low) => U64 ^ low),
      edge.map((low) => low | (U64 ^ U32)),
    ),
    valueTwo: edge,
  })
  .filter((each) => isWidthFree({ ...each, index: 0 }))

describe('sets of values', () => {
  test('the values of both are those that each has', () => {
    fc.assert(
      fc.property(someValues, someValues, fc.gen(), (a, b, gen) => {
        const both = meet(a, b)
        for (let i = 0; i < 20; i++) {
          const x = gen(near, a, b)
          expect([x, has(both, x)]).toEqual([x, has(a, x) && has(b, x)])
        }
      }),
    )
  })

  test('their ends are values themselves, and nothing lies beyond', () => {
    fc.assert(
      fc.property(someValues, fc.gen(), (values, gen) => {
        const { low, high } = tighten(values)
        expect([has(values, low), has(values, high)]).toEqual([true, true])
        for (let i = 0; i < 20; i++) {
          const x = gen(near, values)
          if (has(values, x)) expect(x >= low && x <= high).toBe(true)
          else if (isRange(values)) expect(x >= low && x <= high).toBe(false)
        }
      }),
    )
  })

  test('what contains a set has all of its values', () => {
    let yes = 0
    fc.assert(
      fc.property(someValues, someValues, fc.gen(), (a, b, gen) => {
        const inner = meet(a, b) ?? b
        if (contains(a, inner)) yes++
        expect(contains(a, a)).toBe(true)
        if (meet(a, b)) expect(contains(a, inner)).toBe(true)
        for (let i = 0; i < 10; i++) {
          const x = gen(near, a, inner)
          if (contains(a, inner) && has(inner, x)) expect(has(a, x)).toBe(true)
        }
      }),
    )
    expect(yes).toBeGreaterThan(10)
  })

  test('a condition cuts all numbers into those where it holds and those where it fails', () => {
    fc.assert(
      fc.property(comparison, fc.gen(), (condition, gen) => {
        const { holds: yes, fails: no } = sidesOf(condition)
        for (let i = 0; i < 20; i++) {
          const x = gen(near, ...yes, ...no)
          const count = (sets: readonly Values[]): number => sets.filter((each) => has(each, x)).length
          const expected = holds(condition, x) ? [1, 0] : [0, 1]
          expect([x, count(yes), count(no)]).toEqual([x, ...expected])
        }
      }),
    )
  })

  test('comparisons say exactly the set, or only values of it; on 32 bits they say the same', () => {
    let exact = 0
    fc.assert(
      fc.property(someValues, fc.gen(), (values, gen) => {
        const said = comparisonsFor(values)
        if (said.exact) exact++
        const cut = (each: Comparison): Comparison => ({
          ...each,
          value: each.value & U32,
          valueTwo: each.valueTwo & U32,
        })
        for (let i = 0; i < 20; i++) {
          const x = gen(near, values)
          const says = said.ways.some((way) => !way || holds(way, x))
          expect([x, says || !said.exact]).toEqual([x, has(values, x) || !said.exact])
          if (says) expect(has(values, x)).toBe(true)
          const low = x & U32
          const narrow = said.ways.some((way) => !way || holds(cut(way), low))
          expect([low, narrow]).toEqual([low, said.ways.some((way) => !way || holds(way, low))])
        }
      }),
      { numRuns: 500 },
    )
    expect(exact).toBeGreaterThan(100)
  })

  test.each([
    [5n, 9n, 5],
    [6n, 37n, 5],
    [0n, 9n, 1],
    [1n, U64, 1],
    [1n, U32, 32],
  ])('the range %s to %s takes %s comparisons', (low, high, count) => {
    expect(comparisonsFor(valuesOf(low, high)!)).toEqual({ ways: expect.any(Array), exact: true })
    expect(comparisonsFor(valuesOf(low, high)!).ways).toHaveLength(count)
  })
})

describe('written rules', () => {
  const verdicts: Verdict[] = [verdict('ERRNO', 1), verdict('ALLOW'), verdict('KILL_PROCESS')]
  const conditions = fc.uniqueArray(
    fc.tuple(fc.nat(2), comparison).map(([index, each]) => ({ index, ...each })),
    { minLength: 1, maxLength: 2, selector: ({ index }) => index },
  )

  test('say of every call what its cell says; rules of different verdicts never meet', () => {
    let exact = 0
    fc.assert(
      fc.property(
        fc.array(fc.tuple(conditions, fc.constantFrom(...verdicts)), { maxLength: 4 }),
        fc.gen(),
        (clauses, gen) => {
          let open = [everyBox]
          const cells = clauses.flatMap(([all, value]) => {
            const parts = open.map((box) => splitBox(box, all))
            open = parts.flatMap(({ fails }) => fails)
            return parts.flatMap(({ holds: own }) => own.map((box) => ({ box, verdict: value })))
          })
          cells.push(...open.map((box) => ({ box, verdict: verdicts[0]! })))
          const written = writeCells(cells, verdicts[0]!)
          if (!written) return
          if (written.exact) exact++
          for (let i = 0; i < 20; i++) {
            const args = [0, 1, 2].map((index) => gen(near, ...cells.map(({ box }) => box[index]!)))
            const wanted = cells.filter(({ box }) => args.every((x, index) => has(box[index], x)))
            const found = new Set(
              written.rules
                .filter(({ conditions: all }) => all.every((each) => holds(each, args[each.index]!)))
                .map((rule) => rule.verdict),
            )
            expect(wanted).toHaveLength(1)
            expect(found.size).toBeLessThan(2)
            const [said = verdicts[0]!] = found
            expect(said === wanted[0]!.verdict || (!written.exact && said === verdicts[0])).toBe(true)
          }
        },
      ),
      { numRuns: 200 },
    )
    expect(exact).toBeGreaterThan(60)
  })

  test('are as few as people would write', () => {
    const arg = (index: number, op: 'EQ' | 'NE' | 'LE' | 'GE', value: bigint): object => ({
      index,
      op: `SCMP_CMP_${op}`,
      value,
      valueTwo: 0n,
    })
    const all = (...cells: readonly { conditions: readonly object[]; verdict: Verdict }[]): object => {
      let open = [everyBox]
      const cut = cells.flatMap((cell) => {
        const parts = open.map((box) => splitBox(box, cell.conditions as never))
        open = parts.flatMap(({ fails }) => fails)
        return parts.flatMap(({ holds: own }) => own.map((box) => ({ box, verdict: cell.verdict })))
      })
      const written = writeCells(
        [...cut, ...open.map((box) => ({ box, verdict: verdicts[0]! }))],
        verdicts[0]!,
      )
      return written!.rules.map((rule) => rule.conditions)
    }
    const allow = verdicts[1]!
    expect(
      all(
        { conditions: [arg(1, 'EQ', 2n)], verdict: allow },
        { conditions: [arg(0, 'EQ', 1n)], verdict: allow },
      ),
    ).toEqual([[arg(1, 'EQ', 2n)], [arg(0, 'EQ', 1n)]])
    expect(all({ conditions: [arg(0, 'NE', 40n)], verdict: allow })).toEqual([[arg(0, 'NE', 40n)]])
    expect(
      all(
        { conditions: [arg(0, 'GE', 10n)], verdict: allow },
        { conditions: [arg(0, 'LE', 9n)], verdict: allow },
      ),
    ).toEqual([[]])
  })
})
