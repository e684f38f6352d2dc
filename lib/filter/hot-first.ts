import { NUMBER } from '../bpf/data.ts'
import { dispatch, type Segment } from './dispatch.ts'
import { numberCost } from './number-cost.ts'
import type { Node, Tree } from './tree.ts'

/** More tests before the tree cost every other call too much. */
const MOST = 4

/**
 * `dispatch` over numbers, with a JEQ of its own in front for as many of the hottest as that pays for. A tree over
 * ranges needs two tests at least to single out one number; one that is called all the time is worth one.
 * @param hot numbers, hottest first
 * @param lent the roots of other trees over numbers
 */
export const hotFirst = (
  tree: Tree,
  segments: readonly Segment[],
  hot: readonly number[],
  lent: readonly Node[],
): Node => {
  let best = dispatch(tree, NUMBER, segments, lent)
  if (hot.length === 0) return best
  let least = numberCost(best, segments)
  for (let count = 1; count <= Math.min(hot.length, MOST); count++) {
    const first = hot.slice(0, count)
    const rest = dispatch(tree, NUMBER, first.reduce(without, segments), lent)
    const root = first.reduceRight<Node>(
      (others, number) => tree.test(NUMBER, 'JEQ', number, nodeAt(segments, number), others),
      rest,
    )
    const total = numberCost(root, segments)
    if (total < least) {
      best = root
      least = total
    }
  }
  return best
}

const holds = ({ low, high }: Segment, number: number): boolean => low <= number && number <= high

const nodeAt = (segments: readonly Segment[], number: number): Node =>
  segments.find((each) => holds(each, number))!.node

/** A number that is decided already may go with its neighbours. */
const without = (segments: readonly Segment[], number: number): readonly Segment[] => {
  const at = segments.findIndex((each) => holds(each, number))
  const own = segments[at]!
  const before = segments[at - 1]
  const after = segments[at + 1]
  if (own.low !== own.high || !before || !after) return segments
  const merged =
    before.node === after.node
      ? [{ ...before, high: after.high, weight: before.weight + after.weight }]
      : [{ ...before, high: number }, after]
  return [...segments.slice(0, at - 1), ...merged, ...segments.slice(at + 2)]
}
