import type { Word } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import type { PolicyRule } from '../policy/policy.ts'
import { SIZE } from './cost.ts'
import { dispatch, type Segment } from './dispatch.ts'
import { Layers } from './layers.ts'
import { countSteps, lower } from './lower.ts'
import { testPredicate } from './predicate-test.ts'
import type { Node, Tree } from './tree.ts'
import { argumentWeight, type RecordedCall } from './weights.ts'
import {
  MAX_WORD,
  type Predicate,
  Predicates,
  type WideRule,
  type WordRule,
  wideRules,
  wordRules,
} from './words.ts'

/**
 * The rules of one number → a decision graph over its arguments. Branch on one word at a time: cut the word's values
 * into segments that leave the same rules open, solve what is left below each, and let `dispatch` find the tree. What
 * is left is memoised, so equal remainders are one subtree and a test that changes nothing disappears.
 *
 * Low halves come before high ones: real operands are small, so the high half matters only where the low one hit.
 * Of the values of a word, those that were seen in a recording are told apart first.
 * Weakness: rules over many arguments can leave very many different remainders; where that is larger, the rules become
 * layers (layers.ts), which are never larger than their text.
 */
export const decide = (
  tree: Tree,
  rules: readonly PolicyRule[],
  fallback: Verdict,
  recorded: readonly RecordedCall[] = [],
): Node => {
  // Most calls of most profiles.
  if (rules[0]?.conditions.length === 0) return tree.return(rules[0].verdict)
  const predicates = new Predicates()
  const make = (most: number, highFirst = false): Decision =>
    new Decision(tree, fallback, recorded, predicates, most, highFirst)
  const wideLayers = (): Node =>
    make(0).layers(rules.flatMap(wideRules).map((rule) => predicates.shared(rule)))
  const words = allWordRules(rules, predicates)
  if (!words) return wideLayers()
  if (words.length < FEW)
    return few(tree, words, (highFirst) => make(Number.POSITIVE_INFINITY, highFirst).branch(words)!)
  const layers = make(0).layers(words)
  const least = cost(layers)
  // A branch has a test at least.
  const branches = make(least / SIZE).branch(words)
  const best = branches && cost(branches) <= least ? branches : layers
  // Where every condition is one conjunction, it would be the same layers again.
  if (words.length === rules.length) return best
  const wide = wideLayers()
  return countSteps(lower(wide)) < CLEARLY * countSteps(lower(best)) ? wide : best
}

/** Undefined where conditions that are several word rules each multiply beyond reason. */
const allWordRules = (rules: readonly PolicyRule[], predicates: Predicates): WordRule[] | undefined => {
  const all: WordRule[] = []
  for (const rule of rules) {
    all.push(...wordRules(rule))
    if (all.length > MANY) return undefined
  }
  return all.map((rule) => predicates.shared(rule))
}

/** So few rules can't leave many remainders. */
const FEW = 8

/** So many word rules of one call take longer to branch on than a filter of them could be worth. */
const MANY = 20_000

/** Small differences are less than what calls and architectures with some of the same rules share as word rules. */
const CLEARLY = 0.9

/**
 * Low halves first; or high ones first where that leaves, of a 64-bit architecture's rules, those that a 32-bit one of
 * the same filter has already.
 */
const few = (tree: Tree, rules: readonly WordRule[], branches: (highFirst: boolean) => Node): Node => {
  const low = branches(false)
  const high = rules.some(({ predicates }) => predicates.some(({ word }) => isHigh(word)))
    ? branches(true)
    : low
  const isShared = cost(high, tree.used) < cost(high)
  const best = isShared && cost(high, tree.used) < cost(low, tree.used) ? high : low
  for (const node of testsOf(best)) tree.used.add(node)
  return best
}

/** Rules looked at, over all branches. */
const LIMIT = 200_000

/** What a graph costs by cost.ts: its tests but for `known` ones, a load for each change of word, the longest way. */
const cost = (root: Node, known: ReadonlySet<Node> = new Set()): number => {
  const longest = new Map<Node, number>()
  let size = 0
  const stack = [root]
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    if (longest.has(node) || node.kind !== 'test') {
      stack.pop()
      if (node.kind !== 'test') longest.set(node, 1)
      continue
    }
    const { word, yes, no } = node
    const waiting = [yes, no].filter((each) => !longest.has(each))
    if (waiting.length) {
      stack.push(...waiting)
      continue
    }
    stack.pop()
    const loads = [yes, no].filter((each) => each.kind === 'test' && each.word !== word).length
    if (!known.has(node)) size += 1 + loads / 2
    longest.set(node, 1 + loads / 2 + Math.max(longest.get(yes)!, longest.get(no)!))
  }
  return SIZE * size + WEIGHT * longest.get(root)!
}

const testsOf = (root: Node): Set<Node> => {
  const tests = new Set<Node>()
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.kind !== 'test' || tests.has(node)) continue
    tests.add(node)
    waiting.push(node.yes, node.no)
  }
  return tests
}

class Decision {
  readonly #tree: Tree
  readonly #fallback: Verdict
  readonly #recorded: readonly RecordedCall[]
  readonly #predicates: Predicates
  readonly #memo = new Map<string, Node | undefined>()
  readonly #most: number
  readonly #highFirst: boolean
  #looked = 0

  /** @param most branches to make before giving up */
  constructor(
    tree: Tree,
    fallback: Verdict,
    recorded: readonly RecordedCall[],
    predicates: Predicates,
    most: number,
    highFirst: boolean,
  ) {
    this.#predicates = predicates
    this.#most = most
    this.#highFirst = highFirst
    this.#tree = tree
    this.#fallback = fallback
    this.#recorded = recorded
  }

  /** The graph for an ordered list of rules, or undefined past the limit. */
  branch(rules: readonly WordRule[]): Node | undefined {
    const open = simplify(rules, this.#fallback)
    if (open.length === 0) return this.#tree.return(this.#fallback)
    if (open[0]!.predicates.length === 0) return this.#tree.return(open[0]!.verdict)
    const key = this.#keyOf(open)
    if (this.#memo.has(key)) return this.#memo.get(key)
    this.#looked += open.length
    if (this.#looked > LIMIT || this.#memo.size > this.#most) return undefined
    const word = chooseWord(open, this.#highFirst)
    const mask = open
      .flatMap(({ predicates }) => predicates)
      .find((each) => each.word === word && each.kind === 'mask')
    const node = mask ? this.#branchOnMask(open, mask) : this.#branchOnRanges(open, word)
    this.#memo.set(key, node)
    return node
  }

  #branchOnMask(rules: readonly WordRule[], predicate: Predicate): Node | undefined {
    const holding = this.branch(assume(rules, predicate, true))
    const failing = this.branch(assume(rules, predicate, false))
    return holding && failing && testPredicate(this.#tree, predicate, holding, failing)
  }

  #branchOnRanges(rules: readonly WordRule[], word: Word): Node | undefined {
    const segments: Segment[] = []
    for (const { low, high, open } of cut(rules, word)) {
      const node = this.branch(open)
      if (!node) return undefined
      const last = segments.at(-1)
      if (last?.node === node) segments[segments.length - 1] = { ...last, high }
      else segments.push({ low, high, node, weight: 0 })
    }
    return dispatch(
      this.#tree,
      word,
      segments.map((segment) => ({
        ...segment,
        weight: WEIGHT / segments.length + argumentWeight(this.#recorded, word, segment.low, segment.high),
      })),
    )
  }

  /** The graph whose size grows with the rules' text. */
  layers(rules: readonly WideRule[]): Node {
    const weigh = (word: Word, low: number, high: number): number =>
      argumentWeight(this.#recorded, word, low, high)
    return new Layers(this.#tree, weigh).build(simplify(rules, this.#fallback), this.#fallback)
  }

  #keyOf(rules: readonly WordRule[]): string {
    let key = ''
    for (const { predicates, verdict } of rules) {
      for (const each of predicates) key += `${this.#predicates.numberOf(each)} `
      key += `>${verdict}|`
    }
    return key
  }
}

/** What the values of a word weigh together when nothing was recorded: arguments are tested at every call. */
const WEIGHT = 60

/** Rules behind an unconditional one never run; at the end, one that says what comes anyway is no rule. */
const simplify = <Rule extends WideRule>(rules: readonly Rule[], fallback: Verdict): readonly Rule[] => {
  const stop = rules.findIndex(({ predicates }) => predicates.length === 0)
  const final = rules[stop]?.verdict ?? fallback
  let end = stop < 0 ? rules.length : stop
  while (end > 0 && rules[end - 1]!.verdict === final) end--
  return final === fallback ? rules.slice(0, end) : [...rules.slice(0, end), rules[stop]!]
}

/**
 * The argument most rules ask about, its low half first; but before that a high half whose low one is done. Put off, it
 * would be asked below every outcome of the other arguments: twice as many nodes for each of them.
 */
const chooseWord = (rules: readonly WordRule[], highFirst: boolean): Word => {
  const counts = new Map<Word, number>()
  for (const { predicates } of rules)
    for (const word of new Set(predicates.map((predicate) => predicate.word)))
      counts.set(word, (counts.get(word) ?? 0) + 1)
  const argument = (word: Word): number => (counts.get(word & ~1) ?? 0) + (counts.get(word | 1) ?? 0)
  const isHalfDone = (word: Word): number => (isHigh(word) && !counts.has(word & ~1) ? 1 : 0)
  return [...counts.keys()].sort(
    (a, b) =>
      isHalfDone(b) - isHalfDone(a) ||
      argument(b) - argument(a) ||
      (highFirst ? (b & 1) - (a & 1) : 0) ||
      a - b,
  )[0]!
}

const isHigh = (word: Word): boolean => (word & 1) === 1

/** A range of a word's values, and the rules those values leave open, rid of their predicate on the word. */
interface Cut {
  readonly low: number
  readonly high: number
  readonly open: readonly WordRule[]
}

/** The ranges of a word over which the same rules stay open, by a sweep over where each rule's ranges begin and end. */
const cut = (rules: readonly WordRule[], word: Word): Cut[] => {
  const always: number[] = []
  const events = new Map<number, { begin: number[]; end: number[] }>([[0, { begin: [], end: [] }]])
  const at = (value: number): { begin: number[]; end: number[] } => {
    const known = events.get(value) ?? { begin: [], end: [] }
    events.set(value, known)
    return known
  }
  for (const [i, { predicates }] of rules.entries()) {
    const predicate = predicates.find((each) => each.word === word)
    if (predicate?.kind !== 'ranges') always.push(i)
    else
      for (const [low, high] of predicate.ranges) {
        at(low).begin.push(i)
        if (high < MAX_WORD) at(high + 1).end.push(i)
      }
  }
  const starts = [...events.keys()].sort((a, b) => a - b)
  const active = new Set<number>()
  return starts.map((low, n) => {
    const { begin, end } = events.get(low)!
    for (const i of end) active.delete(i)
    for (const i of begin) active.add(i)
    const open = [...always, ...active].sort((a, b) => a - b).map((i) => without(rules[i]!, word))
    return { low, high: (starts[n + 1] ?? MAX_WORD + 1) - 1, open }
  })
}

const without = (rule: WordRule, word: Word): WordRule => ({
  ...rule,
  predicates: rule.predicates.filter((each) => each.word !== word),
})

/** What is left of the rules once a mask test is known to hold, or to fail. */
const assume = (rules: readonly WordRule[], known: Predicate, holds: boolean): WordRule[] =>
  rules
    .filter(({ predicates }) => holds || !predicates.includes(known))
    .map((rule) => ({ ...rule, predicates: rule.predicates.filter((each) => each !== known) }))
