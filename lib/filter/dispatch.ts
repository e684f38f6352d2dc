import type { Word } from '../bpf/data.ts'
import { SIZE } from './cost.ts'
import { type BitSplit, cubeSplit, windowSplit } from './jset.ts'
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
 * The work grows with the cube of the number of segments, so beyond MAX_SEGMENTS the list is halved by weight first.
 */
export const dispatch = (tree: Tree, word: Word, segments: readonly Segment[]): Node => {
  if (segments.length > MAX_SEGMENTS) {
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

type Choice =
  | { readonly kind: 'split'; readonly at: number }
  | { readonly kind: 'lone'; readonly background: Node; readonly lone: readonly number[] }
  | { readonly kind: 'bits'; readonly split: BitSplit }

class Dispatch {
  readonly #tree: Tree
  readonly #word: Word
  readonly #segments: readonly Segment[]
  readonly #choices: (Choice | undefined)[]
  readonly #costs: Float64Array
  /** Weight of the segments before each. */
  readonly #before: Float64Array

  constructor(tree: Tree, word: Word, segments: readonly Segment[]) {
    this.#tree = tree
    this.#word = word
    this.#segments = segments
    const n = segments.length
    this.#choices = new Array(n * n)
    this.#costs = new Float64Array(n * n)
    this.#before = new Float64Array(n + 1)
    for (let i = 0; i < n; i++) this.#before[i + 1] = this.#before[i]! + segments[i]!.weight
    for (let length = 2; length <= n; length++)
      for (let from = 0; from + length <= n; from++) this.#solve(from, from + length - 1)
  }

  #solve(from: number, to: number): void {
    const n = this.#segments.length
    const weight = this.#before[to + 1]! - this.#before[from]!
    let best = Number.POSITIVE_INFINITY
    let at = from
    for (let i = from; i < to; i++) {
      const cost = this.#costs[from * n + i]! + this.#costs[(i + 1) * n + to]!
      if (cost < best) {
        best = cost
        at = i
      }
    }
    best += weight + SIZE
    let choice: Choice = { kind: 'split', at }
    const lone = this.#lone(from, to, weight)
    if (lone && lone.cost < best) {
      best = lone.cost
      choice = lone.choice
    }
    const bits = this.#bits(from, to, weight)
    if (bits && bits.cost < best) {
      best = bits.cost
      choice = bits.choice
    }
    this.#costs[from * n + to] = best
    this.#choices[from * n + to] = choice
  }

  /** Lone values against a background: possible when every segment that isn't background is a single value. */
  #lone(from: number, to: number, weight: number): { cost: number; choice: Choice } | undefined {
    let background: Node | undefined
    let wide = false
    for (let i = from; i <= to; i++) {
      const { low, high, node } = this.#segments[i]!
      if (low === high) continue
      if (wide && node !== background) return undefined
      background = node
      wide = true
    }
    background ??= mostCommon(this.#segments, from, to)
    const lone: number[] = []
    for (let i = from; i <= to; i++) if (this.#segments[i]!.node !== background) lone.push(i)
    lone.sort((a, b) => this.#segments[b]!.weight - this.#segments[a]!.weight)
    let cost = SIZE * lone.length
    let rest = weight
    for (const i of lone) {
      cost += rest
      rest -= this.#segments[i]!.weight
    }
    return { cost, choice: { kind: 'lone', background, lone } }
  }

  #bits(from: number, to: number, weight: number): { cost: number; choice: Choice } | undefined {
    const whole = from === 0 && to === this.#segments.length - 1
    const split = windowSplit(this.#segments, from, to) ?? (whole ? cubeSplit(this.#segments) : undefined)
    if (!split) return undefined
    const tests = split.exceptions.length + 1
    // Exceptions are single values of light segments: take their weight as nothing.
    return { cost: tests * (SIZE + weight), choice: { kind: 'bits', split } }
  }

  build(from: number, to: number): Node {
    if (from === to) return this.#segments[from]!.node
    const choice = this.#choices[from * this.#segments.length + to]!
    const equal = (value: number, yes: Node, no: Node): Node =>
      this.#tree.test(this.#word, 'JEQ', value, yes, no)
    if (choice.kind === 'split')
      return this.#tree.test(
        this.#word,
        'JGE',
        this.#segments[choice.at + 1]!.low,
        this.build(choice.at + 1, to),
        this.build(from, choice.at),
      )
    if (choice.kind === 'lone')
      return choice.lone.reduceRight<Node>((no, i) => {
        const { low, node } = this.#segments[i]!
        return equal(low, node, no)
      }, choice.background)
    const { mask, some, none, exceptions } = choice.split
    return exceptions.reduceRight<Node>(
      (no, { value, node }) => equal(value, node, no),
      this.#tree.test(this.#word, 'JSET', mask, some, none),
    )
  }
}

const mostCommon = (segments: readonly Segment[], from: number, to: number): Node => {
  const counts = new Map<Node, number>()
  for (let i = from; i <= to; i++) counts.set(segments[i]!.node, (counts.get(segments[i]!.node) ?? 0) + 1)
  let best = segments[from]!.node
  for (const [node, count] of counts) if (count > counts.get(best)!) best = node
  return best
}
