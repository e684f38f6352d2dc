import { type Call, callOf, WORDS, type Word } from '../../bpf/data.ts'
import {
  contains,
  everyWord,
  matching,
  nextWithBits,
  notMatching,
  type Pattern,
  pick,
  type WordSet,
  within,
} from './word-set.ts'

/**
 * A set of calls: for each of the sixteen words, what it may be. Never empty: every narrowing that would leave
 * nothing returns undefined instead.
 */
export type Region = readonly WordSet[]

export const everyCall: Region = new Array<WordSet>(WORDS).fill(everyWord)

const replace = (region: Region, word: Word, set: WordSet | undefined): Region | undefined => {
  if (set === undefined) return undefined
  if (set === region[word]) return region
  const narrowed = region.slice()
  narrowed[word] = set
  return narrowed
}

export const whereWithin = (region: Region, word: Word, low: number, high: number): Region | undefined =>
  low > high ? undefined : replace(region, word, within(region[word]!, low, high))

export const whereMatching = (region: Region, word: Word, pattern: Pattern): Region | undefined =>
  replace(region, word, matching(region[word]!, pattern))

export const whereNotMatching = (region: Region, word: Word, pattern: Pattern): Region | undefined =>
  replace(region, word, notMatching(region[word]!, pattern))

/** Calls with `(word & mask) >= bound`, cut into parts of a region's form. */
export const whereAtLeast = (region: Region, word: Word, mask: number, bound: number): Region[] => {
  const unmasked = unmaskedBound(region[word]!, mask, bound)
  if (unmasked !== undefined) return present([whereWithin(region, word, unmasked, 0xffffffff)])
  return present(atLeastPatterns(mask, bound).map((pattern) => whereMatching(region, word, pattern)))
}

/** Calls with `(word & mask) < bound`. */
export const whereBelow = (region: Region, word: Word, mask: number, bound: number): Region[] => {
  const unmasked = unmaskedBound(region[word]!, mask, bound)
  if (unmasked !== undefined) return present([whereWithin(region, word, 0, unmasked - 1)])
  return present(belowPatterns(mask, bound).map((pattern) => whereMatching(region, word, pattern)))
}

/**
 * `(x & mask) >= bound` as `x >= result`: possible where every bit the mask clears is known, as after a test of bit 30
 * (x32). Undefined elsewhere; 2^32 when no value is large enough.
 */
const unmaskedBound = (set: WordSet, mask: number, bound: number): number | undefined => {
  const cleared = ~mask >>> 0
  if ((set.known & cleared) >>> 0 !== cleared) return undefined
  const smallest = nextWithBits(bound, cleared, 0)
  return smallest === undefined ? 2 ** 32 : smallest + ((set.bits & cleared) >>> 0)
}

/** Disjoint patterns that together say `(x & mask) >= bound`: equal down to some bit, and 1 there where bound has 0. */
const atLeastPatterns = (mask: number, bound: number): Pattern[] => {
  const patterns: Pattern[] = []
  let known = 0
  for (let i = 31; i >= 0; i--) {
    const bit = (1 << i) >>> 0
    const inMask = (mask & bit) !== 0
    if (bound & bit) {
      // A bit the mask clears can't reach the bound's 1: nothing at this prefix is at least it.
      if (!inMask) return patterns
    } else if (inMask) patterns.push({ mask: (known | bit) >>> 0, bits: ((bound & known) | bit) >>> 0 })
    if (inMask) known = (known | bit) >>> 0
  }
  patterns.push({ mask: known, bits: (bound & known) >>> 0 })
  return patterns
}

/** The same for `(x & mask) < bound`: equal down to some bit, and 0 there where bound has 1. */
const belowPatterns = (mask: number, bound: number): Pattern[] => {
  const patterns: Pattern[] = []
  let known = 0
  for (let i = 31; i >= 0; i--) {
    const bit = (1 << i) >>> 0
    const inMask = (mask & bit) !== 0
    if (bound & bit) {
      if (!inMask) {
        patterns.push({ mask: known, bits: (bound & known) >>> 0 })
        return patterns
      }
      patterns.push({ mask: (known | bit) >>> 0, bits: (bound & known) >>> 0 })
    }
    if (inMask) known = (known | bit) >>> 0
  }
  return patterns
}

const present = (regions: readonly (Region | undefined)[]): Region[] =>
  regions.filter((region): region is Region => region !== undefined)

/** Two calls of a region, each a region of its own: with small values in all words, and with large ones. */
export const corners = (region: Region): Region[] =>
  [pick, (set: WordSet): number | undefined => (contains(set, set.high) ? set.high : pick(set))].map(
    (choose) =>
      region.map((set) => {
        const value = choose(set)!
        return { low: value, high: value, known: 0xffffffff, bits: value, excluded: [] }
      }),
  )

/** One call of a region. */
export const witness = (region: Region): Call => callOf(region.map((set) => pick(set)!))
