import type { Segment } from './dispatch.ts'
import type { Node } from './tree.ts'

/**
 * One bit test instead of several comparisons: all values with `(value & mask) == 0` go one way and the rest the
 * other, but for a few exceptions that are tested by JEQ first.
 */
export interface BitSplit {
  readonly mask: number
  /** Where a value with a bit of the mask goes, and one with none. */
  readonly some: Node
  readonly none: Node
  /** Single values that go elsewhere. */
  readonly exceptions: readonly { readonly low: number; readonly node: Node }[]
}

/** Windows the search looks at; larger ones gain nothing that the tree around them doesn't (measured). */
const MAX_WINDOW = 48
const MAX_SEGMENTS = 9

const bits = (mask: number): number => {
  let count = 0
  for (let rest = mask; rest; rest &= rest - 1) count++
  return count
}

const MASKS = Array.from({ length: 63 }, (_, i) => i + 1)

/** By number and mask, how many smaller numbers have a bit of the mask: masks look at six bits, so 64 on it begins anew. */
const HITS = 64 + MAX_WINDOW
const HITS_BELOW = new Uint8Array(HITS * MASKS.length)
for (const [m, mask] of MASKS.entries())
  for (let value = 1; value < HITS; value++)
    HITS_BELOW[value * MASKS.length + m] =
      HITS_BELOW[(value - 1) * MASKS.length + m]! + ((value - 1) & mask ? 1 : 0)

/**
 * How many exceptions the best bit test needs on each window, if that is fewer than there are boundaries. Windows
 * that begin at one segment are counted together, each from the one before it.
 */
export class Windows {
  readonly #segments: readonly Segment[]
  /** Per segment: where its values go, as a small number, and how many they are; none for one larger than a window. */
  readonly #kinds: Uint16Array
  readonly #sizes: Uint8Array
  /** Per segment and mask, how many of its values have a bit of the mask. */
  readonly #hits: Uint8Array
  /** Per segment and further segment: the exceptions of the best mask, and its place in MASKS. */
  readonly #exceptions: Uint8Array
  readonly #best: Uint8Array
  /** While a mask is tried: the values with and without a bit of it, by where they go. */
  readonly #some: Uint8Array
  readonly #none: Uint8Array

  constructor(segments: readonly Segment[]) {
    const n = segments.length
    const kinds = new Map<Node, number>()
    for (const { node } of segments) if (!kinds.has(node)) kinds.set(node, kinds.size)
    this.#segments = segments
    this.#kinds = Uint16Array.from(segments, ({ node }) => kinds.get(node)!)
    this.#sizes = Uint8Array.from(segments, ({ low, high }) => (high - low < MAX_WINDOW ? high - low + 1 : 0))
    this.#hits = new Uint8Array(n * MASKS.length)
    this.#exceptions = new Uint8Array(n * MAX_SEGMENTS).fill(NONE)
    this.#best = new Uint8Array(n * MAX_SEGMENTS)
    this.#some = new Uint8Array(kinds.size)
    this.#none = new Uint8Array(kinds.size)
    if (n < 3) return
    for (let i = 0; i < n; i++) this.#countHits(i)
    for (let from = 0; from + 2 < n; from++) this.#search(from)
  }

  /** Exceptions of the best bit test for segments `from`…`to`; very many when there is none worth it. */
  exceptions(from: number, to: number): number {
    return to - from < MAX_SEGMENTS ? this.#exceptions[from * MAX_SEGMENTS + to - from]! : NONE
  }

  /** That test. */
  split(from: number, to: number): BitSplit {
    const mask = MASKS[this.#best[from * MAX_SEGMENTS + to - from]!]!
    const values: { low: number; node: Node }[] = []
    for (const segment of this.#segments.slice(from, to + 1))
      for (let low = segment.low; low <= segment.high; low++) values.push({ low, node: segment.node })
    const some = mostCommon(values.filter(({ low }) => low & mask))
    const none = mostCommon(values.filter(({ low }) => !(low & mask)))
    const exceptions = values.filter(({ low, node }) => node !== (low & mask ? some : none))
    return { mask, some, none, exceptions }
  }

  #countHits(i: number): void {
    const masks = MASKS.length
    const from = (this.#segments[i]!.low & 63) * masks
    const to = from + this.#sizes[i]! * masks
    for (let m = 0; m < masks; m++) this.#hits[i * masks + m] = HITS_BELOW[to + m]! - HITS_BELOW[from + m]!
  }

  /** Every window that begins at one segment, with every mask. */
  #search(from: number): void {
    const start = this.#segments[from]!.low
    let end = from
    while (
      end + 1 < this.#segments.length &&
      end + 1 - from < MAX_SEGMENTS &&
      this.#segments[end + 1]!.high - start < MAX_WINDOW
    )
      end++
    if (end - from < 2) return
    const varying = bitsBelow(start ^ this.#segments[end]!.high)
    // A bit that all values share decides nothing.
    for (let m = 0; m < MASKS.length && MASKS[m]! <= varying; m++) this.#tryMask(from, end, m)
  }

  #tryMask(from: number, end: number, m: number): void {
    // Once for all: this is the compiler's innermost loop.
    const some = this.#some
    const none = this.#none
    const kinds = this.#kinds
    const sizes = this.#sizes
    const all = this.#hits
    const best = this.#exceptions
    let mostSome = kinds[from]!
    let mostNone = mostSome
    let total = 0
    let i = from
    for (; i <= end; i++) {
      const kind = kinds[i]!
      const hits = all[i * MASKS.length + m]!
      total += sizes[i]!
      some[kind]! += hits
      none[kind]! += sizes[i]! - hits
      if (some[kind]! > some[mostSome]!) mostSome = kind
      if (none[kind]! > none[mostNone]!) mostNone = kind
      const exceptions = total - some[mostSome]! - none[mostNone]!
      // A test with as many exceptions as there are boundaries left saves nothing, and further on there are no fewer.
      if (exceptions >= end - from - 1) break
      if (mostSome === mostNone || some[mostSome] === 0 || none[mostNone] === 0) continue
      const at = from * MAX_SEGMENTS + i - from
      if (exceptions >= i - from - 1 || exceptions >= best[at]!) continue
      best[at] = exceptions
      this.#best[at] = m
    }
    for (i = Math.min(i, end); i >= from; i--) some[kinds[i]!] = none[kinds[i]!] = 0
  }
}

/** More than any window has. */
const NONE = 255

/** The highest set bit and all below it. */
const bitsBelow = (value: number): number => 2 ** (32 - Math.clz32(value)) - 1

const mostCommon = (values: readonly { readonly node: Node }[]): Node => {
  const counts = new Map<Node, number>()
  for (const { node } of values) counts.set(node, (counts.get(node) ?? 0) + 1)
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0]
}

/**
 * Single values that form a bit cube on zero (every combination of some bits: 0, 8, 0x20000, 0x20008) against one
 * background: `value & ~bits` decides them all. Looks at the whole range of a word.
 */
export const cubeSplit = (segments: readonly Segment[]): BitSplit | undefined => {
  const background = segments.find(({ low, high }) => low !== high)?.node
  const singles = segments.filter(({ node }) => node !== background)
  if (!background || singles.length > 16 || singles.some(({ low, high }) => low !== high)) return undefined
  let best: BitSplit | undefined
  for (const node of new Set(singles.map((each) => each.node))) {
    const points = singles.filter((each) => each.node === node).map(({ low }) => low)
    const cube = largestCube(points)
    if (!cube) continue
    const exceptions = singles.filter((each) => each.node !== node || (each.low & ~cube) !== 0)
    if (best && exceptions.length >= best.exceptions.length) continue
    best = { mask: ~cube >>> 0, some: background, none: node, exceptions }
  }
  return best
}

/** The bits of the largest cube on zero whose every point is among `points`. */
const largestCube = (points: readonly number[]): number | undefined => {
  if (!points.includes(0)) return undefined
  const known = new Set(points)
  let best = 0
  for (const a of points)
    for (const b of points) {
      const mask = (a | b) >>> 0
      if (bits(mask) > bits(best) && bits(mask) <= 4 && submasks(mask).every((each) => known.has(each)))
        best = mask
    }
  return best === 0 ? undefined : best
}

const submasks = (mask: number): number[] => {
  const all: number[] = []
  for (let sub = mask; ; sub = ((sub - 1) & mask) >>> 0) {
    all.push(sub)
    if (sub === 0) return all
  }
}
