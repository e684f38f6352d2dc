import { argumentWord, type Word } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import type { PolicyCondition, PolicyRule } from '../policy/policy.ts'

/**
 * Policy rules on 64-bit arguments → rules on 32-bit words, the only thing a filter can compare. A 64-bit range
 * becomes two rules with the same verdict: the high half decides, or it is equal and the low half does.
 */
export interface WordRule {
  /** All must hold; at most one a word and kind. Empty: always. */
  readonly predicates: readonly Predicate[]
  readonly verdict: Verdict
}

/** What one word must be: inside one of some ranges (ascending, apart), or equal under a mask. */
export type Predicate =
  | { readonly kind: 'ranges'; readonly word: Word; readonly ranges: readonly Range[] }
  | { readonly kind: 'mask'; readonly word: Word; readonly mask: number; readonly value: number }

/** Both ends included, u32. */
export type Range = readonly [low: number, high: number]

export const MAX_WORD = 0xffffffff
const MAX_ARGUMENT = 0xffffffffffffffffn

/** An argument inside one of some 64-bit intervals (ascending, apart) that one conjunction over its halves can't say. */
export interface Wide {
  readonly kind: 'wide'
  readonly low: Word
  readonly high: Word
  readonly intervals: readonly (readonly [from: bigint, to: bigint])[]
}

/** One policy rule, each of its conditions once. */
export interface WideRule {
  readonly predicates: readonly (Predicate | Wide)[]
  readonly verdict: Verdict
}

/** Makes equal predicates one object, so that they can be compared and counted as they are. */
export class Predicates {
  readonly #byText = new Map<string, Predicate | Wide>()
  readonly #numbers = new Map<Predicate | Wide, number>()

  /** A rule's predicates as such objects. */
  shared<Rule extends WideRule>(rule: Rule): Rule {
    return { ...rule, predicates: rule.predicates.map((each) => this.#same(each)) }
  }

  /** A number of its own for each. */
  numberOf(predicate: Predicate | Wide): number {
    return this.#numbers.get(predicate)!
  }

  #same(predicate: Predicate | Wide): Predicate | Wide {
    const text = textOf(predicate)
    const known = this.#byText.get(text)
    if (known) return known
    this.#byText.set(text, predicate)
    this.#numbers.set(predicate, this.#numbers.size)
    return predicate
  }
}

const textOf = (each: Predicate | Wide): string => {
  if (each.kind === 'mask') return `${each.word}&${each.mask}=${each.value}`
  if (each.kind === 'ranges') return `${each.word}:${each.ranges.join(';')}`
  return `${each.low}-${each.high}:${each.intervals.join(';')}`
}

/** One policy rule with its conditions as they are, where {@link wordRules} would write some of them several times. */
export const wideRules = (rule: PolicyRule): WideRule[] => {
  const predicates: (Predicate | Wide)[] = []
  for (const condition of rule.conditions) {
    const ways = alternatives(condition)
    if (ways.length === 0) return []
    if (ways.length === 1) predicates.push(...ways[0]!)
    else predicates.push(...wide(condition))
  }
  return [{ predicates, verdict: rule.verdict }]
}

/** One policy rule as the word rules that together match the same calls, all with its verdict. */
export const wordRules = (rule: PolicyRule): WordRule[] =>
  rule.conditions
    .map(alternatives)
    .reduce<Predicate[][]>(
      (done, next) => done.flatMap((left) => next.map((right) => [...left, ...right])),
      [[]],
    )
    .map((predicates) => ({ predicates, verdict: rule.verdict }))

/** The ways one condition can hold, each a conjunction. None: never. A conjunction of nothing: always. */
const alternatives = (condition: PolicyCondition): Predicate[][] => {
  const { index, op, width, value, valueTwo } = condition
  const low = argumentWord(index, 'low')
  const high = argumentWord(index, 'high')
  if (op === 'SCMP_CMP_MASKED_EQ') {
    const halves = [masked(low, value, valueTwo, 0n)]
    if (width === 64) halves.push(masked(high, value, valueTwo, 32n))
    return [halves.flat()]
  }
  const maximum = width === 32 ? BigInt(MAX_WORD) : MAX_ARGUMENT
  return intervals(op, value, maximum).flatMap(([from, to]) =>
    width === 32 ? [[range(low, from, to)].flat()] : split(low, high, from, to),
  )
}

const wide = ({ index, op, width, value }: PolicyCondition): (Predicate | Wide)[] => {
  const low = argumentWord(index, 'low')
  if (width === 64) {
    const high = argumentWord(index, 'high')
    return [{ kind: 'wide', low, high, intervals: intervals(op, value, MAX_ARGUMENT) }]
  }
  const ranges = intervals(op, value, BigInt(MAX_WORD)).map(([from, to]): Range => [Number(from), Number(to)])
  return [{ kind: 'ranges', word: low, ranges }]
}

const masked = (word: Word, mask: bigint, value: bigint, shift: bigint): Predicate[] => {
  const half = Number((mask >> shift) & 0xffffffffn)
  if (half === 0) return []
  return [{ kind: 'mask', word, mask: half, value: Number((value >> shift) & 0xffffffffn) }]
}

/** The values that satisfy a comparison, as at most two intervals. */
const intervals = (op: PolicyCondition['op'], value: bigint, maximum: bigint): [bigint, bigint][] => {
  const all: [bigint, bigint][] = {
    SCMP_CMP_EQ: [[value, value]] as [bigint, bigint][],
    SCMP_CMP_NE: [
      [0n, value - 1n],
      [value + 1n, maximum],
    ] as [bigint, bigint][],
    SCMP_CMP_LT: [[0n, value - 1n]] as [bigint, bigint][],
    SCMP_CMP_LE: [[0n, value]] as [bigint, bigint][],
    SCMP_CMP_GT: [[value + 1n, maximum]] as [bigint, bigint][],
    SCMP_CMP_GE: [[value, maximum]] as [bigint, bigint][],
    SCMP_CMP_MASKED_EQ: [],
  }[op]
  return all
    .map(([from, to]): [bigint, bigint] => [from, to < maximum ? to : maximum])
    .filter(([from, to]) => from <= to && to >= 0n)
}

const range = (word: Word, from: bigint, to: bigint): Predicate[] =>
  from === 0n && to === 0xffffffffn ? [] : [{ kind: 'ranges', word, ranges: [[Number(from), Number(to)]] }]

/** A 64-bit interval as conjunctions over its halves: first partial row, whole rows, last partial row. */
const split = (low: Word, high: Word, from: bigint, to: bigint): Predicate[][] => {
  const top = from >> 32n
  const bottom = to >> 32n
  const fromLow = from & 0xffffffffn
  const toLow = to & 0xffffffffn
  const row = (h: bigint, a: bigint, b: bigint): Predicate[] => [...range(low, a, b), ...exactly(high, h)]
  if (top === bottom) return [row(top, fromLow, toLow)]
  const out: Predicate[][] = []
  const wholeFrom = fromLow === 0n ? top : top + 1n
  const wholeTo = toLow === 0xffffffffn ? bottom : bottom - 1n
  if (fromLow !== 0n) out.push(row(top, fromLow, 0xffffffffn))
  if (wholeFrom <= wholeTo) out.push(range(high, wholeFrom, wholeTo))
  if (toLow !== 0xffffffffn) out.push(row(bottom, 0n, toLow))
  return out
}

const exactly = (word: Word, value: bigint): Predicate[] => range(word, value, value)
