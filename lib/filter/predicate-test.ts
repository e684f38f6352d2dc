import type { Word } from '../bpf/data.ts'
import { dispatch, type Segment } from './dispatch.ts'
import type { Node, Tree } from './tree.ts'
import { MAX_WORD, type Predicate, type Range, type Wide } from './words.ts'

/** One predicate as a graph: where calls that fulfil it go, and the others. */
export const testPredicate = (tree: Tree, predicate: Predicate | Wide, yes: Node, no: Node): Node => {
  if (predicate.kind === 'wide') return testWide(tree, predicate, yes, no)
  if (predicate.kind === 'ranges') return testRanges(tree, predicate.word, predicate.ranges, yes, no)
  const { word, mask, value } = predicate
  if (value === 0) return tree.test(word, 'JSET', mask, no, yes)
  if ((mask & (mask - 1)) === 0) return tree.test(word, 'JSET', mask, yes, no)
  return tree.test(word, 'JEQ', value, yes, no, mask)
}

const testRanges = (tree: Tree, word: Word, ranges: readonly Range[], yes: Node, no: Node): Node => {
  const segments: Segment[] = []
  let next = 0
  for (const [low, high] of ranges) {
    if (low > next) segments.push({ low: next, high: low - 1, node: no, weight: 1 })
    segments.push({ low, high, node: yes, weight: 1 })
    next = high + 1
  }
  if (next <= MAX_WORD) segments.push({ low: next, high: MAX_WORD, node: no, weight: 1 })
  return dispatch(tree, word, segments)
}

/** The high half first: where no interval begins or ends, it decides. */
const testWide = (tree: Tree, { low, high, intervals }: Wide, yes: Node, no: Node): Node => {
  const rows = new Set([0])
  for (const end of intervals.flat()) {
    const row = Number(end >> 32n)
    rows.add(row)
    if (row < MAX_WORD) rows.add(row + 1)
  }
  const starts = [...rows].sort((a, b) => a - b)
  const segments: Segment[] = []
  for (const [i, start] of starts.entries()) {
    const node = testRanges(tree, low, rangesInRow(intervals, start), yes, no)
    const end = (starts[i + 1] ?? MAX_WORD + 1) - 1
    const last = segments.at(-1)
    if (last?.node === node) segments[segments.length - 1] = { ...last, high: end }
    else segments.push({ low: start, high: end, node, weight: 1 })
  }
  return dispatch(tree, high, segments)
}

/** The low halves that some intervals have where the high half is `row`. */
const rangesInRow = (intervals: Wide['intervals'], row: number): Range[] => {
  const first = BigInt(row) << 32n
  const last = first + BigInt(MAX_WORD)
  return intervals
    .filter(([from, to]) => from <= last && to >= first)
    .map(([from, to]) => [from > first ? Number(from - first) : 0, to < last ? Number(to - first) : MAX_WORD])
}
