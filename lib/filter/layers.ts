import type { Word } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import { dispatch, type Segment } from './dispatch.ts'
import type { Node, Tree } from './tree.ts'
import { MAX_WORD, type Predicate, type WordRule } from './words.ts'

/** How one predicate is tested. */
export type TestPredicate = (predicate: Predicate, yes: Node, no: Node) => Node

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
  readonly #test: TestPredicate
  readonly #weigh: (word: Word, low: number, high: number) => number
  /** Comparisons of two rules still to be made; past them, rules stay in their order. */
  #budget = 300_000

  constructor(tree: Tree, test: TestPredicate, weigh: (word: Word, low: number, high: number) => number) {
    this.#tree = tree
    this.#test = test
    this.#weigh = weigh
  }

  build(rules: readonly WordRule[], fallback: Verdict): Node {
    return this.#layer(rules, this.#tree.return(fallback))
  }

  #layer(rules: readonly WordRule[], otherwise: Node): Node {
    // From the last layer to the first: each needs to know where what fails it goes.
    const layers: { readonly first: WordRule; readonly word: Word | undefined; readonly own: WordRule[] }[] =
      []
    let end = otherwise
    let open = rules
    while (open.length) {
      const first = open[0]!
      if (first.predicates.length === 0) {
        end = this.#tree.return(first.verdict)
        break
      }
      const word = commonWord(open)
      const isOwn =
        word === undefined
          ? sharing(commonest(open))
          : ({ predicates }: WordRule): boolean =>
              predicates.some((each) => each.word === word && isPoint(each))
      const { front, rest } = this.#split(open, isOwn)
      layers.push({ first, word: front.length ? word : undefined, own: front.length ? front : [first] })
      open = front.length ? rest : open.slice(1)
    }
    return layers.reduceRight<Node>((next, { word, own }) => this.#solve(own, word, next), end)
  }

  /** One layer: told apart by a word, or by a predicate that all share. */
  #solve(own: readonly WordRule[], word: Word | undefined, next: Node): Node {
    if (word === undefined) {
      const shared = own.length > 1 ? commonest(own) : own[0]!.predicates[0]!
      return this.#test(
        shared,
        this.#layer(
          own.map((rule) => without(rule, shared)),
          next,
        ),
        next,
      )
    }
    const byValue = new Map<number, WordRule[]>()
    for (const rule of own) {
      const point = rule.predicates.find((each) => each.word === word && isPoint(each))!
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
    rules: readonly WordRule[],
    isOwn: (rule: WordRule) => boolean,
  ): { front: WordRule[]; rest: WordRule[] } {
    const front: WordRule[] = []
    const rest: WordRule[] = []
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

  #mayPass(rule: WordRule, earlier: WordRule): boolean {
    if (rule.verdict === earlier.verdict) return true
    if (--this.#budget < 0) return false
    return rule.predicates.some((a) => earlier.predicates.some((b) => a.word === b.word && areApart(a, b)))
  }
}

const isPoint = (each: Predicate): boolean =>
  each.kind === 'ranges' && each.ranges.length === 1 && each.ranges[0]![0] === each.ranges[0]![1]

const pointOf = (each: Predicate): number => (each.kind === 'ranges' ? each.ranges[0]![0] : 0)

/** Whether no value of their word fulfils both. */
const areApart = (a: Predicate, b: Predicate): boolean => {
  if (a.kind === 'ranges' && b.kind === 'ranges')
    return a.ranges.every(([low, high]) => b.ranges.every(([from, to]) => to < low || from > high))
  if (a.kind === 'mask' && b.kind === 'mask') return ((a.value ^ b.value) & a.mask & b.mask) !== 0
  const [mask, other] = a.kind === 'mask' ? [a, b] : [b, a]
  return mask.kind === 'mask' && isPoint(other) && (pointOf(other) & mask.mask) >>> 0 !== mask.value
}

/** The word that most rules want to be one value; undefined when no two do. */
const commonWord = (rules: readonly WordRule[]): Word | undefined => {
  const counts = new Map<Word, number>()
  for (const { predicates } of rules)
    for (const each of predicates) if (isPoint(each)) counts.set(each.word, (counts.get(each.word) ?? 0) + 1)
  const [word, count] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? []
  return (count ?? 0) > 1 ? word : undefined
}

/** The predicate that most rules share. */
const commonest = (rules: readonly WordRule[]): Predicate => {
  const counts = new Map<string, { readonly predicate: Predicate; count: number }>()
  for (const { predicates } of rules)
    for (const predicate of predicates) {
      const key = predicateKey(predicate)
      const known = counts.get(key)
      if (known) known.count++
      else counts.set(key, { predicate, count: 1 })
    }
  return [...counts.values()].reduce((best, each) => (each.count > best.count ? each : best)).predicate
}

const sharing = (predicate: Predicate): ((rule: WordRule) => boolean) => {
  const key = predicateKey(predicate)
  return ({ predicates }) => predicates.some((each) => predicateKey(each) === key)
}

const without = (rule: WordRule, predicate: Predicate): WordRule => {
  const key = predicateKey(predicate)
  return { ...rule, predicates: rule.predicates.filter((each) => predicateKey(each) !== key) }
}

/** Equal predicates, equal keys. */
export const predicateKey = (each: Predicate): string =>
  each.kind === 'mask' ? `${each.word}&${each.mask}=${each.value}` : `${each.word}:${each.ranges.join(';')}`
