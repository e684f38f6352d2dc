import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NUMBER } from '../../lib/bpf/data.ts'
import { dispatch, type Segment } from '../../lib/filter/dispatch.ts'
import { Loans } from '../../lib/filter/loans.ts'
import { type Node, Tree } from '../../lib/filter/tree.ts'

/** Numbers from 0 on with a verdict each, and what all above get, as segments. */
const segmentsOf = (tree: Tree, verdicts: readonly number[]): Segment[] => {
  const segments: Segment[] = []
  for (const [low, verdict] of verdicts.entries()) {
    const node = tree.return(verdict)
    const high = low === verdicts.length - 1 ? 0xffffffff : low
    const last = segments.at(-1)
    if (last?.node === node) segments[segments.length - 1] = { ...last, high }
    else segments.push({ low, high, node, weight: 1 })
  }
  return segments
}

const endOf = (root: Node, number: number): Node => {
  let node = root
  while (node.kind === 'test') {
    const { comparison, k, yes, no } = node
    if (comparison === 'JGE') node = number >= k ? yes : no
    else node = (comparison === 'JEQ' ? number === k : (number & k) !== 0) ? yes : no
  }
  return node
}

/** Whether every number of a segment comes to its node; of the last one, those up to 300. */
const isSent = (root: Node, { low, high, node }: Segment): boolean => {
  for (let number = low; number <= Math.min(high, 300); number++)
    if (endOf(root, number) !== node) return false
  return true
}

/** Runs of numbers with one verdict each, of three. */
const verdicts = fc
  .array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 8 })), { minLength: 4, maxLength: 25 })
  .map((runs) => runs.flatMap(([verdict, length]) => Array<number>(length).fill(verdict)))
/** Two architectures that have most numbers in common. */
const pairs = fc
  .tuple(verdicts, fc.array(fc.tuple(fc.nat(), fc.nat(2)), { minLength: 1, maxLength: 8 }))
  .map(([one, changes]) => {
    const other = [...one]
    for (const [at, verdict] of changes) other[at % one.length] = verdict
    return [one, other] as const
  })

describe('what one tree lends another', () => {
  test('sends every number of the range where it belongs, but for the lone ones', () => {
    let found = 0
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const tree = new Tree()
        const lender = dispatch(tree, NUMBER, segmentsOf(tree, one))
        const segments = segmentsOf(tree, other)
        const loans = new Loans(segments, [lender])
        for (let from = 0; from < segments.length; from++)
          for (let to = from; to < segments.length; to++) {
            if (loans.cost(from, to) === Number.POSITIVE_INFINITY) continue
            found++
            const { node, lone } = loans.loan(from, to)
            expect(lone.filter(({ low, high }) => low !== high)).toEqual([])
            const lent = segments.slice(from, to + 1).filter((each) => !lone.includes(each))
            expect(lent.filter((each) => !isSent(node, each))).toEqual([])
          }
      }),
      { seed: 1, numRuns: 100 },
    )
    expect(found).toBeGreaterThan(2000)
  })

  test('makes trees smaller, and none wrong', () => {
    let smaller = 0
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const tree = new Tree()
        const lender = dispatch(tree, NUMBER, segmentsOf(tree, one))
        const segments = segmentsOf(tree, other)
        const before = testsOf([lender, dispatch(tree, NUMBER, segments)])
        const root = dispatch(tree, NUMBER, segments, [lender])
        expect(segments.filter((each) => !isSent(root, each))).toEqual([])
        if (testsOf([lender, root]) < before) smaller++
      }),
      { seed: 1, numRuns: 500 },
    )
    expect(smaller).toBeGreaterThan(100)
  })
})

const testsOf = (roots: readonly Node[]): number => {
  const seen = new Set<Node>(roots)
  for (const node of seen) if (node.kind === 'test') seen.add(node.yes).add(node.no)
  return [...seen].filter(({ kind }) => kind === 'test').length
}
