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
  readonly exceptions: readonly { readonly value: number; readonly node: Node }[]
}

/** Windows the search looks at; larger ones gain nothing that the tree around them doesn't (measured). */
const MAX_WINDOW = 48
const MAX_SEGMENTS = 9
const MASKS = Array.from({ length: 63 }, (_, i) => i + 1).filter((mask) => bits(mask) <= 4)

function bits(mask: number): number {
  let count = 0
  for (let rest = mask; rest; rest &= rest - 1) count++
  return count
}

/**
 * The best bit test for segments `from`…`to` on their own window of numbers, if one needs fewer instructions than
 * there are boundaries.
 */
export const windowSplit = (segments: readonly Segment[], from: number, to: number): BitSplit | undefined => {
  const start = segments[from]!.low
  const length = segments[to]!.high - start + 1
  if (length > MAX_WINDOW || to - from < 2 || to - from >= MAX_SEGMENTS) return undefined
  const classes = new Uint8Array(length)
  const nodes: Node[] = []
  for (let i = from; i <= to; i++) {
    const { low, high, node } = segments[i]!
    let index = nodes.indexOf(node)
    if (index < 0) index = nodes.push(node) - 1
    classes.fill(index, low - start, high - start + 1)
  }
  let best: { mask: number; some: number; none: number; exceptions: number } | undefined
  // A split with as many exceptions as there are boundaries left saves nothing.
  let limit = to - from - 1
  const counts = new Uint16Array(2 * nodes.length)
  for (const mask of MASKS) {
    counts.fill(0)
    for (let i = 0; i < length; i++) counts[2 * classes[i]! + ((start + i) & mask ? 1 : 0)]!++
    const some = largest(counts, 1)
    const none = largest(counts, 0)
    if (some < 0 || none < 0 || some === none) continue
    const exceptions = length - counts[2 * some + 1]! - counts[2 * none]!
    if (exceptions >= limit) continue
    limit = exceptions
    best = { mask, some, none, exceptions }
    if (exceptions === 0) break
  }
  if (!best) return undefined
  const exceptions = []
  for (let i = 0; i < length; i++)
    if (classes[i] !== ((start + i) & best.mask ? best.some : best.none))
      exceptions.push({ value: start + i, node: nodes[classes[i]!]! })
  return { mask: best.mask, some: nodes[best.some]!, none: nodes[best.none]!, exceptions }
}

const largest = (counts: Uint16Array, side: 0 | 1): number => {
  let best = -1
  for (let i = side; i < counts.length; i += 2)
    if (counts[i]! > (best < 0 ? 0 : counts[2 * best + side]!)) best = i >> 1
  return best
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
    const exceptions = singles
      .filter((each) => each.node !== node || (each.low & ~cube) !== 0)
      .map(({ low, node: to }) => ({ value: low, node: to }))
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
