import { ARCHITECTURE, NUMBER } from '../../bpf/data.ts'
import { ALLOW, effect, KILL_PROCESS, type Verdict } from '../../bpf/verdict.ts'
import { architectureOf, isAbove } from '../../policy/evaluate.ts'
import type { CallPolicy, Policy, PolicyRule } from '../../policy/policy.ts'
import { firstPlace } from '../../policy/search.ts'
import { Candidates } from './candidates.ts'
import { partsWhere } from './conditions.ts'
import type { Path } from './execute.ts'
import { corners, type Region, whereMatching, whereNotMatching, whereWithin } from './region.ts'

/** The policy as cuts of regions: what `evaluate` says of one call, said of sets of calls. */
export class Meaning {
  readonly #policy: Policy
  readonly #numbers = new Map<number, readonly NumberRange[]>()
  readonly #candidates = new Map<CallPolicy, Candidates>()

  constructor(policy: Policy) {
    this.#policy = policy
    for (const audit of new Set(policy.architectures.map((each) => each.audit)))
      this.#numbers.set(audit, numberRanges(policy, audit))
  }

  /** A region cut into cells of one verdict. */
  cells(region: Region): Generator<Path> {
    return this.#cut(region, (here, call) => this.#ruleCells(here, call))
  }

  /**
   * The same for who only asks whether all of a region gets one verdict: cut no finer than it takes to see that, and
   * exact up to the first cell that gets another one, after which there may be nothing.
   *
   * A call that gets another verdict is one that a rule with that verdict (or the default) takes, and none of the rules
   * before it. So each such rule's own part of the region is looked at, which is small, and only the rules before it
   * that meet that part. Where rules are many, this is what keeps the cells from multiplying.
   */
  cellsBeside(region: Region, wanted: Verdict): Generator<Path> {
    return this.#cut(region, (here, call) => this.#exceptions(here, call, wanted))
  }

  /** The call whose rules decide all of a region, if it is one call's. */
  callOf(region: Region): CallPolicy | undefined {
    const { low, high } = region[NUMBER]!
    const audit = region[ARCHITECTURE]!
    const ranges = low === high && audit.low === audit.high && this.#numbers.get(audit.low)
    if (!ranges) return undefined
    const { behaviour } = ranges[firstPlace(ranges.length, (i) => ranges[i]!.high >= low)]!
    return typeof behaviour === 'number' ? undefined : behaviour
  }

  /**
   * The rules of a call that can still decide in a region, and what each still asks there; equal keys, equal meaning.
   * `words` are those they ask about, one bit each.
   */
  openRules(region: Region, call: CallPolicy): { readonly key: string; readonly words: number } {
    return this.#candidatesOf(call).openIn(region)
  }

  /** Whether the rules of a call before the one at `end` take all of a region, as far as that is soon said. */
  areTaken(region: Region, call: CallPolicy, end: number): boolean {
    const rules = this.#candidatesOf(call).before(end, region)
    if (rules.length > TOO_MANY) return false
    for (const { verdict } of outside(region, rules, OUT, IN)) if (verdict === OUT) return false
    return true
  }

  *#cut(region: Region, ofCall: (here: Region, call: CallPolicy) => Iterable<Path>): Generator<Path> {
    let rest: Region | undefined = region
    for (const [audit, ranges] of this.#numbers) {
      if (!rest) return
      const pattern = { mask: 0xffffffff, bits: audit }
      const here = whereMatching(rest, ARCHITECTURE, pattern)
      if (here) yield* this.#numberCells(here, ranges, ofCall)
      rest = whereNotMatching(rest, ARCHITECTURE, pattern)
    }
    if (rest) yield { region: rest, verdict: this.#policy.foreignVerdict }
  }

  *#numberCells(
    region: Region,
    ranges: readonly NumberRange[],
    ofCall: (here: Region, call: CallPolicy) => Iterable<Path>,
  ): Generator<Path> {
    const { low, high } = region[NUMBER]!
    const first = firstPlace(ranges.length, (i) => ranges[i]!.high >= low)
    for (let i = first; i < ranges.length && ranges[i]!.low <= high; i++) {
      const range = ranges[i]!
      const here = whereWithin(region, NUMBER, range.low, range.high)
      if (!here) continue
      if (typeof range.behaviour === 'number') yield { region: here, verdict: range.behaviour }
      else yield* ofCall(here, range.behaviour)
    }
  }

  /** Rules in order; what fails one goes on to the next. */
  *#ruleCells(region: Region, call: CallPolicy): Generator<Path> {
    let open: Region[] = [region]
    for (const rule of this.#candidatesOf(call).in(region)) {
      const { holds, fails } = partsWhere(open, rule.conditions)
      for (const cell of holds) yield { region: cell, verdict: rule.verdict }
      open = fails
    }
    for (const part of open) yield { region: part, verdict: this.#policy.defaultVerdict }
  }

  *#exceptions(region: Region, call: CallPolicy, wanted: Verdict): Generator<Path> {
    const before: PolicyRule[] = []
    for (const rule of this.#candidatesOf(call).in(region)) {
      const { holds, fails } = partsWhere([region], rule.conditions)
      const isWanted = effect(rule.verdict) === effect(wanted)
      if (!isWanted) for (const part of holds) yield* outside(part, before, rule.verdict, wanted)
      // Nothing is left for the rules behind it.
      if (fails.length === 0) {
        if (isWanted) yield { region, verdict: wanted }
        return
      }
      // Of a rule with another verdict all is taken by those before it, or the first cell of it was yielded.
      if (isWanted && holds.length) before.push(rule)
    }
    yield* outside(region, before, this.#policy.defaultVerdict, wanted)
  }

  #candidatesOf(call: CallPolicy): Candidates {
    const candidates = this.#candidates.get(call) ?? new Candidates(call.rules)
    this.#candidates.set(call, candidates)
    return candidates
  }
}

/** A region cut into what some rule takes, which gets `taken`, and what none does. */
function* outside(
  region: Region,
  rules: readonly PolicyRule[],
  verdict: Verdict,
  taken: Verdict,
): Generator<Path> {
  if (effect(verdict) === effect(taken)) {
    yield { region, verdict }
    return
  }
  const point = rules.length > WORTH_A_TRY ? pointOutside(region, rules) : undefined
  if (point) {
    yield { region: point, verdict }
    return
  }
  let cut: { readonly rule: PolicyRule; readonly fails: readonly Region[] } | undefined
  const meeting: PolicyRule[] = []
  for (const rule of rules) {
    const { holds, fails } = partsWhere([region], rule.conditions)
    if (holds.length === 0) continue
    if (fails.length === 0) {
      yield { region, verdict: taken }
      return
    }
    meeting.push(rule)
    if (!cut || fails.length < cut.fails.length) cut = { rule, fails }
  }
  if (!cut) {
    yield { region, verdict }
    return
  }
  const { rule, fails } = cut
  const others = meeting.filter((each) => each !== rule)
  for (const part of fails) yield* outside(part, others, verdict, taken)
}

/** Two verdicts to tell apart. */
const OUT = KILL_PROCESS
const IN = ALLOW

/** Cutting by so many rules, one within the other, takes seconds, and then the stack. */
const TOO_MANY = 1000

/** So many rules take long to cut by. */
const WORTH_A_TRY = 50

/** A call that no rule takes, if one of two far apart is that: cutting a region by thousands of rules takes seconds. */
const pointOutside = (region: Region, rules: readonly PolicyRule[]): Region | undefined =>
  corners(region).find((corner) =>
    rules.every(({ conditions }) => partsWhere([corner], conditions).holds.length === 0),
  )

/** Numbers, both ends included, with one verdict or one call's rules. */
interface NumberRange {
  readonly low: number
  readonly high: number
  readonly behaviour: Verdict | CallPolicy
}

/** Between these, `architectureOf` says the same of every number. */
const QUARTERS = [0, 0x40000000, 0x80000000, 0xc0000000, 0xffffffff, 0x100000000]

/** All numbers of one audit word, in ascending ranges without gaps. */
const numberRanges = (policy: Policy, audit: number): NumberRange[] => {
  const ranges: NumberRange[] = []
  const add = (low: number, high: number, behaviour: Verdict | CallPolicy): void => {
    const last = ranges.at(-1)
    if (low > high) return
    if (last && last.behaviour === behaviour) ranges[ranges.length - 1] = { ...last, high }
    else ranges.push({ low, high, behaviour })
  }
  for (let q = 0; q < QUARTERS.length - 1; q++) {
    const from = QUARTERS[q]!
    const to = QUARTERS[q + 1]! - 1
    const where = architectureOf(policy, { arch: audit, nr: from })
    if (typeof where === 'string') {
      add(from, to, where === 'foreign' ? policy.foreignVerdict : policy.defaultVerdict)
      continue
    }
    /** Numbers that no rule names: up to the newest call the default, then ENOSYS where the policy has it. */
    const addUnnamed = (low: number, high: number): void => {
      const edge = isAbove(where, high) ? Math.max(low, where.above!.newest + 1) : high + 1
      add(low, edge - 1, policy.defaultVerdict)
      if (edge <= high) add(edge, high, where.above!.verdict)
    }
    let next = from
    for (const call of where.calls) {
      if (call.number < from || call.number > to) continue
      addUnnamed(next, call.number - 1)
      const only = call.rules[0]
      add(call.number, call.number, only && only.conditions.length === 0 ? only.verdict : call)
      next = call.number + 1
    }
    addUnnamed(next, to)
  }
  return ranges
}
