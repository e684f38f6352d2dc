import type { Word } from '../bpf/data.ts'
import { chainCosts, chainOf, inChains } from './chain.ts'
import { SIZE } from './cost.ts'
import { type BitSplit, cubeSplit, Windows } from './jset.ts'
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
 *
 * The work grows with the cube of the number of segments, so beyond MAX_SEGMENTS the list is cut first: into chains if
 * they are lone values, else in two halves of equal weight.
 */
export const dispatch = (tree: Tree, word: Word, segments: readonly Segment[]): Node => {
  if (segments.length > MAX_SEGMENTS) {
    const chains = inChains(segments, ({ background, lone }) => testValues(tree, word, lone, background))
    if (chains) return dispatch(tree, word, chains)
    const middle = medianSegment(segments)
    const left = dispatch(tree, word, segments.slice(0, middle))
    const right = dispatch(tree, word, segments.slice(middle))
    return tree.test(word, 'JGE', segments[middle]!.low, right, left)
  }
  return new Dispatch(tree, word, segments).build(0, segments.length - 1)
}

const MAX_SEGMENTS = 160

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

class Dispatch {
  readonly #tree: Tree
  readonly #word: Word
  readonly #segments: readonly Segment[]
  readonly #windows: Windows
  readonly #cube: BitSplit | undefined
  readonly #choices: Int16Array
  /** Of each range, by its ends; the second table is the first mirrored, for both are read along rows. */
  readonly #costs: Float64Array
  readonly #mirrored: Float64Array

  constructor(tree: Tree, word: Word, segments: readonly Segment[]) {
    this.#tree = tree
    this.#word = word
    this.#segments = segments
    this.#windows = new Windows(segments)
    const n = segments.length
    this.#cube = cubeSplit(segments)
    this.#choices = new Int16Array(n * n)
    this.#costs = new Float64Array(n * n)
    this.#mirrored = new Float64Array(n * n)
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
        const test = SIZE + weight
        let choice: Choice = this.#bestSplit(from, to)
        let cost = test + this.#costs[from * n + choice]! + this.#mirrored[to * n + choice + 1]!
        const chain = chains[to - from]
        if (chain !== undefined && chain < cost) {
          cost = chain
          choice = CHAIN
        }
        const window = test * bitTests(windows.exceptions(from, to))
        if (window < cost) {
          cost = window
          choice = WINDOW
        }
        if (to - from === n - 1 && test * bitTests(this.#cube?.exceptions.length) < cost) choice = CUBE
        this.#costs[from * n + to] = cost
        this.#mirrored[to * n + from] = cost
        this.#choices[from * n + to] = choice
      }
    }
  }

  /** The last segment of the left part of the cheapest two. */
  #bestSplit(from: number, to: number): number {
    const left = from * this.#segments.length
    const right = to * this.#segments.length + 1
    const costs = this.#costs
    const mirrored = this.#mirrored
    let at = from
    let best = Number.POSITIVE_INFINITY
    for (let i = from; i < to; i++) {
      const cost = costs[left + i]! + mirrored[right + i]!
      if (cost < best) {
        best = cost
        at = i
      }
    }
    return at
  }

  build(from: number, to: number): Node {
    if (from === to) return this.#segments[from]!.node
    const choice = this.#choices[from * this.#segments.length + to]!
    if (choice === CHAIN) {
      const { background, lone } = chainOf(this.#segments, from, to)!
      return testValues(this.#tree, this.#word, lone, background)
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

/** Tests of a bit split: its exceptions are single values of light segments, whose weight counts as nothing. */
const bitTests = (exceptions: number | undefined): number =>
  exceptions === undefined ? Number.POSITIVE_INFINITY : exceptions + 1
