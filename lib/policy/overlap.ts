import type { Verdict } from '../bpf/verdict.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { meet, sidesOf, U32, U64, type Values, valuesOf } from './compose/values.ts'
import { formatPosition, formatVerdict } from './format.ts'
import type { PolicyCondition, PolicyRule, Warning } from './policy.ts'

/**
 * Warns of conditional rules of one call with different verdicts whose conditions can hold together: which of them
 * decides is the canonical order's choice (order.ts), not the profile's. One warning a losing rule, naming the first
 * that wins over it.
 *
 * Argument by argument, and exact; only where two rules compare one argument on 32 and on 64 bits (a call and its door,
 * both listed) it is taken that they can.
 * @param rules in the order they are tried
 */
export const warnOfOverlaps = (
  rules: readonly PolicyRule[],
  where: { readonly arch: ArchitectureName; readonly syscall: string },
  warnings: Warning[],
): void => {
  if (rules.every(({ verdict }) => verdict === rules[0]!.verdict)) return
  const budget = { pairs: MAX_PAIRS }
  const earlier = new Earlier(rules)
  for (const [place, rule] of rules.entries()) {
    const { verdict, position } = rule
    const winner = earlier.firstThatMeets(rule, place, budget)
    const warn = (message: string): void => {
      warnings.push({ kind: 'overlap', message, position, ...where })
    }
    if (budget.pairs < 0) {
      warn(
        `${where.syscall} has more rules with different actions than are compared with each other; ` +
          'from this one on, overlaps are not looked for',
      )
      return
    }
    if (winner)
      warn(
        `some calls of ${where.syscall} match this rule (${formatVerdict(verdict, where.arch)}) and ` +
          `${formatPosition(winner.position)} (${formatVerdict(winner.verdict, where.arch)}), which is tried first and ` +
          'decides them, whatever the order in the profile',
      )
  }
}

/** About a tenth of a second's work. Lists of values never come near: they are looked up, not compared. */
const MAX_PAIRS = 200_000

/** What a rule asks of each argument that it compares. */
type Shape = ReadonlyMap<number, Argument>

interface Argument {
  readonly width: 32 | 64
  /** Any of these. On 32 bits, the low half. */
  readonly values: readonly Values[]
}

const shapeOf = ({ conditions }: PolicyRule): Shape => {
  const shape = new Map<number, Argument>()
  for (const condition of conditions) {
    const { index, width } = condition
    const values = valuesThat(condition)
    const known = shape.get(index)
    shape.set(index, { width, values: known ? both(known.values, values) : values })
  }
  return shape
}

const valuesThat = ({ op, width, value, valueTwo }: PolicyCondition): Values[] => {
  const all =
    op === 'SCMP_CMP_MASKED_EQ'
      ? [valuesOf(0n, U64, value, valueTwo)]
      : sidesOf({ op, value, valueTwo }).holds
  const half = valuesOf(0n, U32)!
  return all.flatMap((each) => {
    const kept = each && width === 32 ? meet(each, half) : each
    return kept ? [kept] : []
  })
}

const both = (one: readonly Values[], other: readonly Values[]): Values[] =>
  one.flatMap((a) => other.flatMap((b) => meet(a, b) ?? []))

const canMeet = (one: Shape, other: Shape): boolean => {
  for (const { values } of [...one.values(), ...other.values()]) if (values.length === 0) return false
  for (const [index, a] of one) {
    const b = other.get(index)
    if (b && a.width === b.width && both(a.values, b.values).length === 0) return false
  }
  return true
}

/**
 * The rules tried so far, by verdict and by the value they want one argument to equal: of thousands, few are compared
 * with each other.
 */
class Earlier {
  readonly #index: number
  readonly #groups = new Map<Verdict, Group>()
  readonly #shapes = new Map<PolicyRule, Shape>()

  constructor(rules: readonly PolicyRule[]) {
    this.#index = mostEqualities(rules)
  }

  /** The first rule with another verdict that can hold together with this one, which then joins them. */
  firstThatMeets(rule: PolicyRule, place: number, budget: { pairs: number }): PolicyRule | undefined {
    const wanted = rule.conditions.find(({ index, op }) => index === this.#index && op === 'SCMP_CMP_EQ')
    let first: Placed | undefined
    for (const [verdict, { all, equal, others }] of this.#groups) {
      if (verdict === rule.verdict) continue
      const lists = wanted ? [equal.get(wanted.value) ?? [], others] : [all]
      for (const list of lists)
        for (const other of list) {
          if (first && other.place > first.place) break
          if (--budget.pairs < 0) return undefined
          if (!canMeet(this.#shape(other.rule), this.#shape(rule))) continue
          first = other
          break
        }
    }
    this.#add({ rule, place }, wanted?.value)
    return first?.rule
  }

  #add(each: Placed, wanted: bigint | undefined): void {
    const { verdict } = each.rule
    const group = this.#groups.get(verdict) ?? { all: [], others: [], equal: new Map<bigint, Placed[]>() }
    this.#groups.set(verdict, group)
    group.all.push(each)
    if (wanted === undefined) group.others.push(each)
    else {
      const equal = group.equal.get(wanted)
      if (equal) equal.push(each)
      else group.equal.set(wanted, [each])
    }
  }

  #shape(rule: PolicyRule): Shape {
    const shape = this.#shapes.get(rule) ?? shapeOf(rule)
    this.#shapes.set(rule, shape)
    return shape
  }
}

/** A rule and its place in the order they are tried. */
interface Placed {
  readonly rule: PolicyRule
  readonly place: number
}

interface Group {
  readonly all: Placed[]
  readonly equal: Map<bigint, Placed[]>
  readonly others: Placed[]
}

/** The argument that most rules want equal to something. */
const mostEqualities = (rules: readonly PolicyRule[]): number => {
  const counts = [0, 0, 0, 0, 0, 0]
  for (const { conditions } of rules)
    for (const { index, op } of conditions) if (op === 'SCMP_CMP_EQ') counts[index]!++
  return counts.indexOf(Math.max(...counts))
}
