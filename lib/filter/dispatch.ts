import type { Word } from '../bpf/data.ts'
import { chainCosts, chainOf, inChains } from './chain.ts'
import { SIZE } from './cost.ts'
import { type BitSplit, cubeSplit, Windows } from './jset.ts'
import { Loans } from './loans.ts'
import type { Node, Tree } from './tree.ts'

/** A range of a word's values with one behaviour; both ends included. */
export interface Segment {
  readonly low: number
  readonly high: number
  readonly node: Node
  /** How often its values are asked for, against an instruction's SIZE. */
  readonly weight: number
}

/**
 * The cheapest tree (cost.ts) that sends every value of a word to its segment's node. Segments must be ascending and
 * cover a range without gaps. By dynamic programming over ranges of segments, each range is one of
 *
 *     jge boundary, right, left                two smaller ranges
 *     jeq v1, n1; jeq v2, n2; … background     lone values in a range that otherwise has one behaviour
 *     jeq v1, n1; … jset mask, some, none      a bit test, after its exceptions
 *     jeq v1, n1; … a test of another tree     what is lent (loans.ts), after its exceptions
 *
 * The work grows with the square of the number of segments, so beyond MAX_SEGMENTS the list is cut first: into chains
 * if they are lone values, else in two halves of equal weight.
 * @param lent the roots of other trees over the same word
 */
export const dispatch = (
  tree: Tree,
  word: Word,
  segments: readonly Segment[],
  lent: readonly Node[] = [],
): Node => {
  if (segments.length > MAX_SEGMENTS) {
    const chains = inChains(segments, ({ background, lone }) => testValues(tree, word, lone, background))
    if (chains) return dispatch(tree, word, chains)
    const middle = medianSegment(segments)
    const left = dispatch(tree, word, segments.slice(0, middle), lent)
    const right = dispatch(tree, word, segments.slice(middle), lent)
    return tree.test(word, 'JGE', segments[middle]!.low, right, left)
  }
  return new Dispatch(tree, word, segments, lent).build(0, segments.length - 1)
}

const MAX_SEGMENTS = 160
/** How far from where Knuth's bounds have it a split is looked for. */
const NEARBY = 4

/** Where the weight halves, but never outside the middle third: both sides must shrink. */
const medianSegment = (segments: readonly Segment[]): number => {
  const third = Math.floor(segments.length / 3)
  const total = segments.reduce((sum, { weight }) => sum + weight, 0)
  let seen = 0
  for (const [index, { weight }] of segments.entries()) {
    seen += weight
    if (seen >= total / 2) return Math.min(Math.max(index, third), segments.length - third)
  }
  return third
}

/** How a range is decided: the last segment of the left part of two, or one of these. */
type Choice = number
const CHAIN: Choice = -1
const WINDOW: Choice = -2
const CUBE: Choice = -3
const LOAN: Choice = -4

/** What is known of each range. Large, and made once: one list of segments is solved at a time. */
interface Tables {
  readonly choices: Int16Array
  readonly splits: Int16Array
  readonly costs: Float64Array
  readonly mirrored: Float64Array
}
const makeTables = (): Tables => ({
  choices: new Int16Array(MAX_SEGMENTS ** 2),
  splits: new Int16Array(MAX_SEGMENTS ** 2),
  costs: new Float64Array(MAX_SEGMENTS ** 2),
  mirrored: new Float64Array(MAX_SEGMENTS ** 2),
})
let made: Tables | undefined

class Dispatch {
  readonly #tree: Tree
  readonly #word: Word
  readonly #segments: readonly Segment[]
  readonly #windows: Windows
  readonly #cube: BitSplit | undefined
  readonly #loans: Loans | undefined
  readonly #choices: Int16Array
  /** The best split of each range, whether it is chosen or not. */
  readonly #splits: Int16Array
  /** Of each range, by its ends; the second table is the first mirrored, for both are read along rows. */
  readonly #costs: Float64Array
  readonly #mirrored: Float64Array

  constructor(tree: Tree, word: Word, segments: readonly Segment[], lent: readonly Node[]) {
    this.#tree = tree
    this.#word = word
    this.#segments = segments
    this.#windows = new Windows(segments)
    const n = segments.length
    this.#cube = cubeSplit(segments)
    made ??= makeTables()
    this.#choices = made.choices
    this.#splits = made.splits
    this.#costs = made.costs
    this.#mirrored = made.mirrored
    for (let i = 0; i < n; i++) {
      this.#splits[i * n + i] = i
      this.#costs[i * n + i] = this.#mirrored[i * n + i] = 0
    }
    this.#loans = lent.length ? new Loans(segments, lent) : undefined
    if (n > 1) this.#solve()
  }

  /** Every range after those within it: by their first segment, from the last back, then by their last. */
  #solve(): void {
    const segments = this.#segments
    const n = segments.length
    const windows = this.#windows
    for (let from = n - 2; from >= 0; from--) {
      const chains = chainCosts(segments, from)
      let weight = segments[from]!.weight
      for (let to = from + 1; to < n; to++) {
        weight += segments[to]!.weight
        // One test. Exceptions of bit tests are single values of light segments: their weight counts as nothing.
        const test = SIZE + weight
        let choice: Choice = this.#bestSplit(from, to)
        let cost = test + this.#costs[from * n + choice]! + this.#mirrored[to * n + choice + 1]!
        if (to - from < chains.length && chains[to - from]! < cost) {
          cost = chains[to - from]!
          choice = CHAIN
        }
        const window = test * (windows.exceptions(from, to) + 1)
        if (window < cost) {
          cost = window
          choice = WINDOW
        }
        if (to - from === n - 1 && this.#cube && test * (this.#cube.exceptions.length + 1) < cost)
          choice = CUBE
        if (this.#loans && this.#loans.cost(from, to) < cost) {
          cost = this.#loans.cost(from, to)
          choice = LOAN
        }
        this.#costs[from * n + to] = cost
        this.#mirrored[to * n + from] = cost
        this.#choices[from * n + to] = choice
      }
    }
  }

  /**
   * The last segment of the left part of the cheapest two. In optimal search trees it lies between the one of the range
   * without its last segment and that without its first (Knuth, Optimum binary search trees, 1971). Chains and bit
   * tests disturb that a little: a few more places on both sides find what all would (measured on the engines' profiles).
   */
  #bestSplit(from: number, to: number): number {
    const n = this.#segments.length
    const costs = this.#costs
    const mirrored = this.#mirrored
    const left = from * n
    const right = to * n + 1
    const first = Math.max(from, this.#splits[left + to - 1]! - NEARBY)
    const last = Math.min(to - 1, this.#splits[left + n + to]! + NEARBY)
    let at = first
    let best = Number.POSITIVE_INFINITY
    for (let i = first; i <= last; i++) {
      const cost = costs[left + i]! + mirrored[right + i]!
      if (cost < best) {
        best = cost
        at = i
      }
    }
    this.#splits[left + to] = at
    return at
  }

  build(from: number, to: number): Node {
    if (from === to) return this.#segments[from]!.node
    const choice = this.#choices[from * this.#segments.length + to]!
    if (choice === CHAIN) {
      const { background, lone } = chainOf(this.#segments, from, to)!
      return testValues(this.#tree, this.#word, lone, background)
    }
    if (choice === LOAN) {
      const { node, lone } = this.#loans!.loan(from, to)
      return testValues(this.#tree, this.#word, lone, node)
    }
    if (choice === WINDOW || choice === CUBE) {
      const { mask, some, none, exceptions } = choice === CUBE ? this.#cube! : this.#windows.split(from, to)
      return testValues(
        this.#tree,
        this.#word,
        exceptions,
        this.#tree.test(this.#word, 'JSET', mask, some, none),
      )
    }
    return this.#tree.test(
      this.#word,
      'JGE',
      this.#segments[choice + 1]!.low,
      this.build(choice + 1, to),
      this.build(from, choice),
    )
  }
}

/** A JEQ for each single value, in order; the rest goes on. */
const testValues = (
  tree: Tree,
  word: Word,
  values: readonly { readonly low: number; readonly node: Node }[],
  rest: Node,
): Node => values.reduceRight<Node>((no, { low, node }) => tree.test(word, 'JEQ', low, node, no), rest)
