import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  contains,
  everyWord,
  matching,
  nextWithBits,
  notMatching,
  pick,
  type WordSet,
  within,
} from '../../lib/filter/prove/word-set.ts'

/** Small words, so that a model can try them all: high bits of every operand are zero but for the sign. */
const bits = 6
const values = Array.from({ length: 2 ** bits }, (_, i) => i)
const small = fc.nat(2 ** bits - 1)
const pattern = fc.tuple(small, small).map(([mask, value]) => ({ mask, bits: value & mask }))

type Step = {
  readonly kind: 'within' | 'matching' | 'notMatching'
  readonly mask: number
  readonly bits: number
}
const steps = fc.array(
  fc
    .tuple(fc.constantFrom<Step['kind']>('within', 'matching', 'notMatching'), pattern)
    .map(([kind, each]) => ({ kind, ...each })),
  { maxLength: 8 },
)

const apply = (set: WordSet, step: Step): WordSet | undefined => {
  if (step.kind === 'within') return within(set, step.bits, step.mask)
  return step.kind === 'matching' ? matching(set, step) : notMatching(set, step)
}

const allowed = (step: Step, value: number): boolean => {
  if (step.kind === 'within') return step.bits <= value && value <= step.mask
  return ((value & step.mask) === step.bits) === (step.kind === 'matching')
}

describe('a word set', () => {
  test('holds exactly the values that pass every narrowing, and is undefined when none does', () => {
    fc.assert(
      fc.property(steps, (narrowings) => {
        const start = within(everyWord, 0, 2 ** bits - 1)
        const set = narrowings.reduce<WordSet | undefined>((left, step) => left && apply(left, step), start)
        const model = values.filter((value) => narrowings.every((step) => allowed(step, value)))
        expect(set ? values.filter((value) => contains(set, value)) : []).toEqual(model)
        expect(set === undefined).toBe(model.length === 0)
        if (set) expect(model).toContain(pick(set))
      }),
      { numRuns: 5000 },
    )
  })

  test('loses no member below the one that a search by bits comes to first', () => {
    const set = notMatching(notMatching(within(everyWord, 0, 63)!, { mask: 49, bits: 0 })!, {
      mask: 17,
      bits: 1,
    })!
    expect(values.filter((value) => contains(set, value))).toEqual(
      values.filter((value) => (value & 49) !== 0 && (value & 17) !== 1),
    )
  })

  test('finds the next value with known bits, up to the top of the word', () => {
    const u32 = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff))
    fc.assert(
      fc.property(u32, u32, u32, (from, known, wanted) => {
        const value = (wanted & known) >>> 0
        const next = nextWithBits(from, known, value)
        // Nothing between: the largest value with the bits is all ones elsewhere.
        const largest = (value | ~known) >>> 0
        if (next === undefined) expect(largest).toBeLessThan(from)
        else {
          expect(next).toBeGreaterThanOrEqual(from)
          expect((next & known) >>> 0).toBe(value)
          const free = ~known >>> 0
          // One less, keeping the known bits, falls below `from`.
          const previous = ((((next & free) >>> 0) - 1) & free) >>> 0
          if ((next & free) >>> 0 > 0) expect((previous | value) >>> 0).toBeLessThan(from)
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('decides patterns that exclude each other’s complements', () => {
    const odd = { mask: 1, bits: 1 }
    const even = { mask: 1, bits: 0 }
    expect(notMatching(notMatching(everyWord, odd)!, even)).toBeUndefined()
  })
})
