import { SIZE } from './cost.ts'
import type { Segment } from './dispatch.ts'
import type { Node } from './tree.ts'

/** `jeq v1, n1; jeq v2, n2; … background`: lone values in a range that otherwise has one behaviour. */
export interface Chain {
  readonly background: Node
  /** Heaviest first. */
  readonly lone: readonly Segment[]
}

/** Longer chains lose to two shorter ones under a JGE, unless there are hundreds of values: `inChains`. */
const MAX_LENGTH = 32

/** The chain for segments `from`…`to`, possible when every one that isn't background is a single value. */
export const chainOf = (segments: readonly Segment[], from: number, to: number): Chain | undefined => {
  const range = segments.slice(from, to + 1)
  const wide = range.filter(isWide)
  const background = wide[0]?.node ?? mostCommon(range)
  const lone = range.filter(({ node }) => node !== background)
  if (lone.length > MAX_LENGTH || lone.some(isWide)) return undefined
  return { background, lone: lone.sort((a, b) => b.weight - a.weight) }
}

const isWide = ({ low, high }: Segment): boolean => low !== high

/**
 * Hundreds of lone values, cut into chains right away: one segment for each chain, with the values it covers. Of n
 * values in chains of k, a value is found after k/2 tests, and the tree above has n/k more; their sum is least where
 * k = √(2 · SIZE · n / weight). Undefined for segments that no chain could hold.
 */
export const inChains = (
  segments: readonly Segment[],
  build: (chain: Chain) => Node,
): Segment[] | undefined => {
  const background = segments.find(isWide)?.node
  const isLone = (segment: Segment): boolean => segment.node !== background
  if (!background || segments.some((segment) => isLone(segment) && isWide(segment))) return undefined
  const weight = segments.reduce((sum, each) => sum + each.weight, 0)
  const best = Math.sqrt((2 * SIZE * segments.filter(isLone).length) / weight)
  const length = Math.min(Math.max(Math.round(best), MAX_LENGTH), MAX_REACH)
  const chains: Segment[] = []
  for (let from = 0; from < segments.length; ) {
    let to = from
    for (let lone = 0; to < segments.length && lone < length; to++) if (isLone(segments[to]!)) lone++
    const range = segments.slice(from, to)
    const lone = range.filter(isLone).sort((a, b) => b.weight - a.weight)
    chains.push({
      low: range[0]!.low,
      high: range.at(-1)!.high,
      node: build({ background, lone }),
      weight: range.reduce((sum, each) => sum + each.weight, 0),
    })
    from = to
  }
  return chains
}

/** A chain's jumps should reach past its end. */
const MAX_REACH = 200

/**
 * What the chains from `from` to each segment cost, as far as there are any: the cost of `chainOf` for each, but each
 * computed from the one before.
 */
export const chainCosts = (segments: readonly Segment[], from: number): number[] => {
  const costs: number[] = []
  let total = 0
  let background: Node | undefined
  let weights: number[] = []
  for (let to = from; to < segments.length; to++) {
    const segment = segments[to]!
    total += segment.weight
    if (background) {
      if (segment.node !== background) {
        if (isWide(segment)) break
        insert(weights, segment.weight)
      }
    } else {
      // Until the first wide segment, the background is what is most common so far.
      const range = segments.slice(from, to + 1)
      if (isWide(segment)) background = segment.node
      weights = loneWeights(range, background ?? mostCommon(range))
    }
    if (weights.length > MAX_LENGTH) break
    costs.push(cost(weights, total))
  }
  return costs
}

/** The weights of the values that aren't background, heaviest first. */
const loneWeights = (range: readonly Segment[], background: Node): number[] => {
  const weights: number[] = []
  for (const { node, weight } of range) if (node !== background) insert(weights, weight)
  return weights
}

/** Keep the heaviest first. */
const insert = (weights: number[], weight: number): void => {
  let at = weights.length
  while (at > 0 && weights[at - 1]! < weight) at--
  weights.splice(at, 0, weight)
}

/** Every test is run by what no earlier one took. */
const cost = (weights: readonly number[], total: number): number => {
  let sum = SIZE * weights.length
  let rest = total
  for (const weight of weights) {
    sum += rest
    rest -= weight
  }
  return sum
}

const mostCommon = (segments: readonly Segment[]): Node => {
  const counts = new Map<Node, number>()
  for (const { node } of segments) counts.set(node, (counts.get(node) ?? 0) + 1)
  let best = segments[0]!.node
  for (const [node, count] of counts) if (count > counts.get(best)!) best = node
  return best
}
