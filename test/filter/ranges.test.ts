import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeRanges, type Range, rangesMeet, rangesOf } from '../../lib/filter/prove/ranges.ts'
import {
  contains,
  everyWord,
  matching,
  meet,
  notMatching,
  type WordSet,
  within,
} from '../../lib/filter/prove/word-set.ts'

const MAX = 0xffffffff

/** Sets that differ in a few bits at either end, so that members and others lie close together. */
const bits = fc
  .tuple(fc.nat(15), fc.constantFrom(0, 0x40000000, 0x80000000, 0xc0000000))
  .map(([a, b]) => (a | b) >>> 0)
const step: fc.Arbitrary<(set: WordSet) => WordSet | undefined> = fc.oneof(
  fc.tuple(bits, bits).map(
    ([a, b]) =>
      (set: WordSet) =>
        within(set, Math.min(a, b), Math.max(a, b)),
  ),
  fc.tuple(bits, bits).map(
    ([mask, value]) =>
      (set: WordSet) =>
        matching(set, { mask, bits: (value & mask) >>> 0 }),
  ),
  fc.tuple(bits, bits).map(
    ([mask, value]) =>
      (set: WordSet) =>
        notMatching(set, { mask, bits: (value & mask) >>> 0 }),
  ),
)
const sets = fc
  .array(step, { maxLength: 5 })
  .map((steps) => steps.reduce<WordSet>((set, narrow) => narrow(set) ?? set, everyWord))
const values = [0, 0x40000000, 0x80000000, 0xc0000000].flatMap((top) =>
  Array.from({ length: 18 }, (_, low) => (top + low) >>> 0).concat((top - 1) >>> 0, (top - 2) >>> 0),
)
const isIn = (ranges: readonly Range[], value: number): boolean =>
  ranges.some(({ low, high }) => value >= low && value <= high)

describe('ranges of a set', () => {
  test('are its members, in order and apart', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const ranges = rangesOf(set)
        if (!ranges) return
        expect(values.filter((value) => isIn(ranges, value))).toEqual(
          values.filter((value) => contains(set, value)),
        )
        for (const [i, { low, high }] of ranges.entries()) {
          expect(low).toBeLessThanOrEqual(high)
          if (i > 0) expect(low).toBeGreaterThan(ranges[i - 1]!.high + 1)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('are given up where there are too many', () => {
    const odd = matching(everyWord, { mask: 1, bits: 1 })!
    expect(rangesOf(odd)).toBeUndefined()
    expect(rangesOf(within(odd, 0, 5)!)).toEqual([1, 3, 5].map((value) => ({ low: value, high: value })))
    expect(rangesOf(everyWord)).toEqual([{ low: 0, high: MAX }])
  })

  test('merge into the fewest', () => {
    const merged = mergeRanges([
      { low: 7, high: 9 },
      { low: 0, high: 2 },
      { low: 3, high: 3 },
      { low: 8, high: 12 },
    ])
    expect(merged).toEqual([
      { low: 0, high: 3 },
      { low: 7, high: 12 },
    ])
    expect(rangesMeet(merged, [{ low: 4, high: 6 }])).toBe(false)
    expect(rangesMeet(merged, [{ low: 6, high: 7 }])).toBe(true)
  })
})

test('what two sets share is what is in both', () => {
  fc.assert(
    fc.property(sets, sets, (one, other) => {
      const both = meet(one, other)
      const members = values.filter((value) => contains(one, value) && contains(other, value))
      expect(both ? values.filter((value) => contains(both, value)) : []).toEqual(members)
    }),
    { numRuns: 300 },
  )
})
