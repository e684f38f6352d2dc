import type { WordSet } from './word-set.ts'

/** Values from one to another, both included. */
export interface Range {
  readonly low: number
  readonly high: number
}

const ALL = 0xffffffff

/**
 * The members of a set as ascending ranges that don't touch, or undefined when there are more than `limit`: a set of
 * every odd number has two thousand million.
 */
export const rangesOf = (set: WordSet, limit = 1024): readonly Range[] | undefined => {
  const ranges: Range[] = []
  let steps = 64 * limit
  /** The values that have `prefix` above their lowest `bits` bits. */
  const walk = (prefix: number, bits: number, excluded: WordSet['excluded']): boolean => {
    if (--steps < 0) return false
    const size = 2 ** bits
    const high = prefix + size - 1
    if (prefix > set.high || high < set.low) return true
    const settled = (ALL - (size - 1)) >>> 0
    if (((prefix ^ set.bits) & set.known & settled) !== 0) return true
    const near = excluded.filter((each) => ((prefix ^ each.bits) & each.mask & settled) === 0)
    if (near.some(({ mask }) => (mask & ~settled) === 0)) return true
    const whole = prefix >= set.low && high <= set.high && (set.known & ~settled) === 0
    if (whole && near.length === 0) {
      const last = ranges.at(-1)
      if (last && last.high + 1 === prefix) ranges[ranges.length - 1] = { low: last.low, high }
      else ranges.push({ low: prefix, high })
      return ranges.length <= limit
    }
    return walk(prefix, bits - 1, near) && walk(prefix + size / 2, bits - 1, near)
  }
  return walk(0, 32, set.excluded) ? ranges : undefined
}

/** Ranges in any order, overlapping or not → ascending, apart, and as few as can be. */
export const mergeRanges = (ranges: readonly Range[]): readonly Range[] => {
  const merged: Range[] = []
  for (const range of [...ranges].sort((a, b) => a.low - b.low)) {
    const last = merged.at(-1)
    if (last && range.low <= last.high + 1)
      merged[merged.length - 1] = { low: last.low, high: Math.max(last.high, range.high) }
    else merged.push(range)
  }
  return merged
}

/** Whether two lists of ranges share a value. */
export const rangesMeet = (some: readonly Range[], others: readonly Range[]): boolean =>
  some.some((a) => others.some((b) => a.low <= b.high && b.low <= a.high))
