import { SIZE } from './cost.ts'
import type { Segment } from './dispatch.ts'
import { isNumberTest } from './number-cost.ts'
import type { Node, Test } from './tree.ts'

/** A range that goes on in a test of another tree, after the lone values that must go elsewhere. */
export interface Loan {
  readonly node: Node
  readonly lone: readonly Segment[]
}

/** More lone values than this are better split off by ranges. */
const MOST_LONE = 3
/** The lender sends some value of a segment elsewhere. */
const WRONG = -1

/**
 * What of other trees the ranges of a new one may go on in: a test that sends all values of a range where they belong,
 * but for a few lone values that are told apart before. It costs no instruction, only the steps that are run. x32
 * mostly repeats x86_64, numbers from 424 on are the same on every architecture, and a test at the bottom of a tree
 * often happens to say what is wanted elsewhere.
 *
 * Assumes that all trees test the same word. Costs a row for each lender, and a look at the ranges around its operand;
 * a bit test, which has none, looks at all that begin where it is right.
 */
export class Loans {
  readonly #segments: readonly Segment[]
  readonly #lenders: readonly Test[]
  /** By lender or end: how many of its tests each segment runs at most, or WRONG. */
  readonly #rows = new Map<Node, Int16Array>()
  /** Per range, by its ends, what the cheapest loan costs, and whose it is. */
  readonly #costs: Float64Array
  readonly #best: Int16Array

  /** @param lent the roots of the trees that lend */
  constructor(segments: readonly Segment[], lent: readonly Node[]) {
    const n = segments.length
    this.#segments = segments
    this.#lenders = numberTests(lent)
    this.#costs = new Float64Array(n * n).fill(Number.POSITIVE_INFINITY)
    this.#best = new Int16Array(n * n)
    for (const [i, lender] of this.#lenders.entries()) {
      const at = this.#reaching(lender.k)
      const row = this.#follow(lender, at)
      this.#rows.set(lender, row)
      this.#offer(i, lender, row, at)
    }
  }

  /** Infinity where nothing can be borrowed. */
  cost(from: number, to: number): number {
    return this.#costs[from * this.#segments.length + to]!
  }

  loan(from: number, to: number): Loan {
    const node = this.#lenders[this.#best[from * this.#segments.length + to]!]!
    const row = this.#rows.get(node)!
    const lone = this.#segments.slice(from, to + 1).filter((_, i) => row[from + i] === WRONG)
    return { node, lone: lone.sort((a, b) => b.weight - a.weight) }
  }

  /** A lender's row, from those of what it leads to; `at` is the first segment that reaches its operand. */
  #follow({ comparison, k, yes, no }: Test, at: number): Int16Array {
    const segments = this.#segments
    const some = this.#row(yes)
    const row = this.#row(no).slice()
    if (comparison === 'JSET')
      for (let i = 0; i < row.length; i++) row[i] = bitsLead(k, segments[i]!, some[i]!, row[i]!)
    else if (at < row.length) {
      const { low, high } = segments[at]!
      if (comparison === 'JGE') row.set(some.subarray(at), at)
      if (low < k ? high >= k : comparison === 'JEQ' && low === k)
        row[at] = low === high ? some[at]! : longer(some[at]!, this.#row(no)[at]!)
    }
    for (let i = 0; i < row.length; i++) if (row[i] !== WRONG) row[i]!++
    return row
  }

  /** The first segment with values from `k` on. */
  #reaching(k: number): number {
    let at = 0
    while (at < this.#segments.length && this.#segments[at]!.high < k) at++
    return at
  }

  /** Of a lender below, which comes first, or of an end. */
  #row(node: Node): Int16Array {
    const known = this.#rows.get(node)
    if (known) return known
    const row = new Int16Array(this.#segments.length)
    for (let i = 0; i < row.length; i++) row[i] = this.#segments[i]!.node === node ? 0 : WRONG
    this.#rows.set(node, row)
    return row
  }

  /** To each range that needs this test: one that goes one way as a whole would do better in what is below. */
  #offer(lender: number, { comparison }: Test, row: Int16Array, at: number): void {
    const segments = this.#segments
    if (comparison === 'JSET') {
      for (let from = 0; from < segments.length; from++) this.#extend(lender, row, from, from)
      return
    }
    for (let from = Math.min(at, segments.length - 1), lone = 0; from >= 0; from--) {
      if (row[from] === WRONG && (isWide(segments[from]!) || ++lone > MOST_LONE)) return
      this.#extend(lender, row, from, at)
    }
  }

  /** To every range that begins at `from` and reaches `at`. */
  #extend(lender: number, row: Int16Array, from: number, at: number): void {
    const segments = this.#segments
    const n = segments.length
    let lone = 0
    let weight = 0
    let steps = 0
    for (let to = from; to < n; to++) {
      const segment = segments[to]!
      weight += segment.weight
      if (row[to] !== WRONG) steps += segment.weight * row[to]!
      else if (isWide(segment) || lone === MOST_LONE) return
      else lone++
      if (to < at) continue
      // That a lone value doesn't run the tests after its own counts as nothing.
      const cost = (SIZE + weight) * lone + steps
      const range = from * n + to
      if (cost >= this.#costs[range]!) continue
      this.#costs[range] = cost
      this.#best[range] = lender
    }
  }
}

const isWide = ({ low, high }: Segment): boolean => low !== high

/** All tests of the number below some roots, each after those it leads to. */
const numberTests = (roots: readonly Node[]): Test[] => {
  const found = new Set<Test>()
  const visit = (node: Node): void => {
    if (node.kind === 'rebase') visit(node.next)
    else if (isNumberTest(node) && node.comparison !== 'JGT' && !found.has(node)) {
      visit(node.yes)
      visit(node.no)
      found.add(node)
    }
  }
  roots.forEach(visit)
  return [...found]
}

/** What a segment runs that goes both ways. */
const longer = (a: number, b: number): number => (a === WRONG || b === WRONG ? WRONG : Math.max(a, b))

const bitsLead = (mask: number, { low, high }: Segment, some: number, none: number): number => {
  if (high - low > 64) return high < (mask & -mask) >>> 0 ? none : longer(some, none)
  let hits = 0
  for (let value = low; value <= high; value++) if (value & mask) hits++
  if (hits === 0) return none
  return hits === high - low + 1 ? some : longer(some, none)
}
