/**
 * A set of 32-bit values, exact: a range, some bits known, and patterns excluded. Everything a filter's jumps and a
 * policy's conditions say of one word fits this form; {@link pick} finds a member or shows that there is none.
 */
export interface WordSet {
  readonly low: number
  readonly high: number
  /** `value & known` equals `bits`. */
  readonly known: number
  readonly bits: number
  /** For none of these does `value & mask` equal `bits`. */
  readonly excluded: readonly Pattern[]
}

/** All values with `value & mask == bits`; `bits` within the mask. */
export interface Pattern {
  readonly mask: number
  readonly bits: number
}

const ALL = 0xffffffff

export const everyWord: WordSet = { low: 0, high: ALL, known: 0, bits: 0, excluded: [] }

/** The members from `low` to `high`; undefined when that leaves none. */
export const within = (set: WordSet, low: number, high: number): WordSet | undefined =>
  low <= set.low && high >= set.high
    ? set
    : inhabited({
        low: Math.max(low, set.low),
        high: Math.min(high, set.high),
        known: set.known,
        bits: set.bits,
        excluded: set.excluded,
      })

/** The members that match a pattern; undefined when there are none. */
export const matching = (set: WordSet, { mask, bits }: Pattern): WordSet | undefined => {
  if (mask === ALL)
    return contains(set, bits) ? { low: bits, high: bits, known: ALL, bits, excluded: [] } : undefined
  const common = (set.known & mask) >>> 0
  if ((set.bits & common) !== (bits & common)) return undefined
  if (common === mask) return set
  return inhabited({ ...set, known: (set.known | mask) >>> 0, bits: (set.bits | bits) >>> 0 })
}

/** The members that don't match a pattern; undefined when all do. */
export const notMatching = (set: WordSet, { mask, bits }: Pattern): WordSet | undefined => {
  const common = (set.known & mask) >>> 0
  if ((set.bits & common) !== (bits & common)) return set
  // With the known bits added it says the same of this set, and is often a single value.
  const pattern = { mask: (mask | set.known) >>> 0, bits: (bits | set.bits) >>> 0 }
  if (pattern.mask === set.known) return undefined
  if (pattern.mask === ALL) {
    if (pattern.bits < set.low || pattern.bits > set.high) return set
    if (pattern.bits === set.low) return inhabited({ ...set, low: set.low + 1 })
    if (pattern.bits === set.high) return inhabited({ ...set, high: set.high - 1 })
  }
  return inhabited({ ...set, excluded: [...set.excluded, pattern] })
}

/** The members that two sets share; undefined when there are none. */
export const meet = (one: WordSet, other: WordSet): WordSet | undefined => {
  let set = within(one, other.low, other.high)
  if (set) set = matching(set, { mask: other.known, bits: other.bits })
  for (const pattern of other.excluded) if (set) set = notMatching(set, pattern)
  return set
}

/** A set with the members of two, and perhaps more: both are within it. */
export const hull = (one: WordSet, other: WordSet): WordSet => {
  if (one === other) return one
  const known = (one.known & other.known & ~(one.bits ^ other.bits)) >>> 0
  const excluded = [
    ...one.excluded.filter((pattern) => matching(other, pattern) === undefined),
    ...other.excluded.filter((pattern) => matching(one, pattern) === undefined),
  ]
  return {
    low: Math.min(one.low, other.low),
    high: Math.max(one.high, other.high),
    known,
    bits: (one.bits & known) >>> 0,
    excluded: excluded.slice(0, MOST_EXCLUDED),
  }
}

/** What two sets both exclude is kept as far as this: to forget some only makes the hull larger. */
const MOST_EXCLUDED = 16

/** Whether a value is in the set. */
export const contains = (set: WordSet, value: number): boolean =>
  value >= set.low &&
  value <= set.high &&
  (value & set.known) >>> 0 === set.bits &&
  !set.excluded.some(({ mask, bits }) => (value & mask) >>> 0 === bits)

/** The set with its ends drawn in as far as a short look shows, or undefined when it is empty. */
const inhabited = (set: WordSet): WordSet | undefined => {
  const first = lowest(set)
  // What `pickByBits` finds is a member, but not the lowest: never an end.
  const low = first === 'far' ? (pickByBits(set) === undefined ? undefined : set.low) : first
  if (low === undefined) return undefined
  const high = set.known === 0 ? set.high : lastWithBits(set.high, set.known, set.bits)
  return low === set.low && high === set.high ? set : { ...set, low, high }
}

/** A member of the set, or undefined when it is empty. */
export const pick = (set: WordSet): number | undefined => {
  const first = lowest(set)
  return first === 'far' ? pickByBits(set) : first
}

/**
 * The lowest member, undefined when there is none, or 'far' when a walk up from the lowest candidate, jumping over
 * whole excluded blocks, doesn't come to it soon (patterns that exclude each other's complements resist that).
 */
const lowest = (set: WordSet): number | 'far' | undefined => {
  let value = nextWithBits(set.low, set.known, set.bits)
  for (let tries = 2 * set.excluded.length + 8; tries > 0; tries--) {
    if (value === undefined || value > set.high) return undefined
    const candidate: number = value
    const hit = set.excluded.find(({ mask, bits }) => (candidate & mask) >>> 0 === bits)
    if (!hit) return candidate
    // Up to the lowest bit of the mask, every value is excluded by the same pattern.
    const block = lowestBit(hit.mask)
    const next = candidate - (candidate % block) + block
    value = next > ALL ? undefined : nextWithBits(next, set.known, set.bits)
  }
  return 'far'
}

/** The smallest value ≥ `from` whose `known` bits are `bits`, or undefined. */
export const nextWithBits = (from: number, known: number, bits: number): number | undefined => {
  if (known === 0) return from
  if ((from & known) >>> 0 === bits) return from
  // The highest known bit where they differ: below it the free bits are 0; above, keep or increment.
  const differ = ((from ^ bits) & known) >>> 0
  const top = 31 - Math.clz32(differ)
  const belowTop = 2 ** top
  if (bits & (1 << top)) {
    // from has 0 where 1 is wanted: set it, clear what is below.
    const kept = from - (from % belowTop)
    return kept + belowTop + ((bits & (belowTop - 1)) >>> 0)
  }
  // from has 1 where 0 is wanted: a free 0 above must become 1.
  for (let bit = top + 1; bit < 32; bit++) {
    const one = 2 ** bit
    if (known & (1 << bit) || Math.floor(from / one) % 2 === 1) continue
    const kept = from - (from % one)
    return kept + one + ((bits & (one - 1)) >>> 0)
  }
  return undefined
}

/** The largest value ≤ `from` whose `known` bits are `bits`: the mirror image; there must be one. */
const lastWithBits = (from: number, known: number, bits: number): number =>
  ~nextWithBits(~from >>> 0, known, (~bits & known) >>> 0)! >>> 0

const lowestBit = (mask: number): number => (mask & -mask) >>> 0

/** Some member: branches on the bits of the excluded patterns until none can match any more. */
const pickByBits = (set: WordSet): number | undefined => {
  const open = set.excluded.filter(({ mask, bits }) => ((set.bits ^ bits) & mask & set.known) === 0)
  const first = open[0]
  if (!first) {
    const value = nextWithBits(set.low, set.known, set.bits)
    return value === undefined || value > set.high ? undefined : value
  }
  const free = (first.mask & ~set.known) >>> 0
  if (free === 0) return undefined
  const bit = lowestBit(free)
  for (const wanted of [(~first.bits & bit) >>> 0, (first.bits & bit) >>> 0]) {
    const found = pickByBits({
      ...set,
      excluded: open,
      known: (set.known | bit) >>> 0,
      bits: (set.bits | wanted) >>> 0,
    })
    if (found !== undefined) return found
  }
  return undefined
}
