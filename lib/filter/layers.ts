import type { Word } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import { dispatch, type Segment } from './dispatch.ts'
import { testPredicate } from './predicate-test.ts'
import type { Node, Tree } from './tree.ts'
import { MAX_WORD, type Predicate, type Range, type Wide, type WideRule } from './words.ts'

/**
 * Rules of one call as layers, one behind the other: the rules that want some word to be one value are told apart by
 * that word; what fails there goes on to the rules that don't. Nothing is written twice, so the size grows with the
 * rules' text; a call may run through several layers. For rules over many arguments, where branching on one word after
 * the other would leave too many different remainders.
 *
 * A rule is tried before another that the profile has earlier only where they agree, or can't both hold.
 */
export class Layers {
  readonly #tree: Tree
  readonly #weigh: (word: Word, low: number, high: number) => number
  /** Comparisons of two rules still to be made; past them, rules stay in their order. */
  #budget = 300_000

  constructor(tree: Tree, weigh: (word: Word, low: number, high: number) => number) {
    this.#tree = tree
    this.#weigh = weigh
  }

  build(rules: readonly WideRule[], fallback: Verdict): Node {
    return this.#layer(rules, this.#tree.return(fallback))
  }

  #layer(rules: readonly WideRule[], otherwise: Node): Node {
    // From the last layer to the first: each needs to know where what fails it goes.
    const layers: { readonly first: WideRule; readonly word: Word | undefined; readonly own: WideRule[] }[] =
      []
    let end = otherwise
    let open = rules
    let isNoneShared = false
    while (open.length) {
      const first = open[0]!
      if (first.predicates.length === 0) {
        end = this.#tree.return(first.verdict)
        break
      }
      const word: Word | undefined = isNoneShared ? undefined : commonWord(open)
      const shared: Commonest | undefined = word === undefined && !isNoneShared ? commonest(open) : undefined
      // What the rules don't share now, fewer of them never will.
      isNoneShared ||= shared?.count === 1
      if (isNoneShared) {
        layers.push({ first, word, own: [first] })
        open = open.slice(1)
        continue
      }
      const isOwn =
        word === undefined
          ? ({ predicates }: WideRule): boolean => predicates.includes(shared!.predicate)
          : ({ predicates }: WideRule): boolean => predicates.some((each) => isPointOf(each, word))
      const { front, rest } = this.#split(open, isOwn)
      layers.push({ first, word: front.length ? word : undefined, own: front.length ? front : [first] })
      open = front.length ? rest : open.slice(1)
    }
    return layers.reduceRight<Node>((next, { word, own }) => this.#solve(own, word, next), end)
  }

  /** One layer: told apart by a word, or by a predicate that all share. */
  #solve(own: readonly WideRule[], word: Word | undefined, next: Node): Node {
    if (word === undefined) {
      const shared = own.length > 1 ? commonest(own).predicate : own[0]!.predicates[0]!
      return testPredicate(
        this.#tree,
        shared,
        this.#layer(
          own.map((rule) => without(rule, shared)),
          next,
        ),
        next,
      )
    }
    const byValue = new Map<number, WideRule[]>()
    for (const rule of own) {
      const point = rule.predicates.find((each) => isPointOf(each, word))!
      const value = pointOf(point)
      const left = without(rule, point)
      const known = byValue.get(value)
      if (known) known.push(left)
      else byValue.set(value, [left])
    }
    const segments: Segment[] = []
    const add = (low: number, high: number, node: Node): void => {
      const last = segments.at(-1)
      if (low > high) return
      const weight = this.#weigh(word, low, high)
      if (last?.node === node) segments[segments.length - 1] = { ...last, high, weight: last.weight + weight }
      else segments.push({ low, high, node, weight })
    }
    let from = 0
    for (const [value, left] of [...byValue].sort(([a], [b]) => a - b)) {
      add(from, value - 1, next)
      add(value, value, this.#layer(left, next))
      from = value + 1
    }
    add(from, MAX_WORD, next)
    const weight = 60 / segments.length
    return dispatch(
      this.#tree,
      word,
      segments.map((segment) => ({ ...segment, weight: segment.weight + weight })),
    )
  }

  /** The rules of a layer that may be tried before all others, and the others. */
  #split(
    rules: readonly WideRule[],
    isOwn: (rule: WideRule) => boolean,
  ): { front: WideRule[]; rest: WideRule[] } {
    const front: WideRule[] = []
    const rest: WideRule[] = []
    const passed = new Set<Verdict>()
    for (const rule of rules) {
      const agrees = passed.size === 0 || (passed.size === 1 && passed.has(rule.verdict))
      if (isOwn(rule) && (agrees || rest.every((each) => this.#mayPass(rule, each)))) front.push(rule)
      else {
        rest.push(rule)
        passed.add(rule.verdict)
      }
    }
    return { front, rest }
  }

  #mayPass(rule: WideRule, earlier: WideRule): boolean {
    if (rule.verdict === earlier.verdict) return true
    if (--this.#budget < 0) return false
    return rule.predicates.some((a) => earlier.predicates.some((b) => areApart(a, b)))
  }
}

const isPoint = (each: Predicate | Wide): boolean =>
  each.kind === 'ranges' && each.ranges.length === 1 && each.ranges[0]![0] === each.ranges[0]![1]

const isPointOf = (each: Predicate | Wide, word: Word): boolean =>
  each.kind !== 'wide' && each.word === word && isPoint(each)

const pointOf = (each: Predicate | Wide): number => (each.kind === 'ranges' ? each.ranges[0]![0] : 0)

/** Whether it can be seen that no value of an argument fulfils both. */
const areApart = (a: Predicate | Wide, b: Predicate | Wide): boolean => {
  if (a.kind === 'wide' && b.kind === 'wide')
    return (
      a.low === b.low &&
      a.intervals.every(([low, high]) => b.intervals.every(([from, to]) => to < low || from > high))
    )
  if (a.kind === 'wide') return b.kind === 'ranges' && meetNowhere(halfOf(a, b.word), b.ranges)
  if (b.kind === 'wide') return areApart(b, a)
  if (a.word !== b.word) return false
  if (a.kind === 'ranges' && b.kind === 'ranges') return meetNowhere(a.ranges, b.ranges)
  if (a.kind === 'mask' && b.kind === 'mask') return ((a.value ^ b.value) & a.mask & b.mask) !== 0
  const [mask, other] = a.kind === 'mask' ? [a, b] : [b, a]
  return mask.kind === 'mask' && isPoint(other) && (pointOf(other) & mask.mask) >>> 0 !== mask.value
}

const meetNowhere = (some: readonly Range[], others: readonly Range[]): boolean =>
  some.every(([low, high]) => others.every(([from, to]) => to < low || from > high))

/** The values that one half of an argument can have. */
const halfOf = ({ low, high, intervals }: Wide, word: Word): Range[] => {
  if (word !== low && word !== high) return [[0, MAX_WORD]]
  return intervals.map(([from, to]) => {
    const rows: Range = [Number(from >> 32n), Number(to >> 32n)]
    if (word === high) return rows
    return rows[0] === rows[1] ? [Number(from & LOW), Number(to & LOW)] : [0, MAX_WORD]
  })
}

const LOW = 0xffffffffn

/** The word that most rules want to be one value; undefined when no two do. */
const commonWord = (rules: readonly WideRule[]): Word | undefined => {
  const counts = new Map<Word, number>()
  for (const { predicates } of rules)
    for (const each of predicates)
      if (each.kind !== 'wide' && isPoint(each)) counts.set(each.word, (counts.get(each.word) ?? 0) + 1)
  const [word, count] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? []
  return (count ?? 0) > 1 ? word : undefined
}

/** The predicate that most rules share, and by how many. */
interface Commonest {
  readonly predicate: Predicate | Wide
  readonly count: number
}

const commonest = (rules: readonly WideRule[]): Commonest => {
  const counts = new Map<Predicate | Wide, number>()
  for (const { predicates } of rules)
    for (const each of predicates) counts.set(each, (counts.get(each) ?? 0) + 1)
  let [predicate, count] = counts.entries().next().value!
  for (const each of counts) if (each[1] > count) [predicate, count] = each
  return { predicate, count }
}

const without = (rule: WideRule, predicate: Predicate | Wide): WideRule => ({
  ...rule,
  predicates: rule.predicates.filter((each) => each !== predicate),
})
