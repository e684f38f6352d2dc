import { ARCHITECTURE, type ByteOrder, NUMBER } from '../../bpf/data.ts'
import type { Program } from '../../bpf/instruction.ts'
import { effect, type Verdict } from '../../bpf/verdict.ts'
import type { CallPolicy } from '../../policy/policy.ts'
import { partsWhere } from './conditions.ts'
import type { State } from './execute.ts'
import type { Meaning } from './meaning.ts'
import { type End, mergedEnds } from './merged.ts'
import { everyCall, type Region, whereWithin } from './region.ts'

/**
 * Shows a call of many rules one rule at a time, where walking every way through the programs takes too long (rules on
 * several arguments: their ways multiply). Two things together are all there is to show:
 *
 * - of the calls that a rule takes, each ends with its verdict, or is one that an earlier rule takes;
 * - of all calls of the number, each ends with the default's verdict, or is one that some rule takes.
 *
 * For then a call gets the verdict of the first rule that takes it. Both are shown of more calls than there are
 * ({@link mergedEnds}), so what isn't shown here may still be so, and is left to the walk.
 */
export class RuleByRule {
  readonly #programs: readonly Program[]
  readonly #order: ByteOrder
  readonly #meaning: Meaning
  readonly #defaultVerdict: Verdict
  readonly #patience: number
  /** States seen of each call; once it was tried, whether it was shown. */
  readonly #seen = new Map<CallPolicy, number | boolean>()
  /** Ends looked at. */
  cells = 0

  /** @param patience how many states to wait for, for each rule, before trying: see PATIENCE */
  constructor(
    programs: readonly Program[],
    order: ByteOrder,
    meaning: Meaning,
    defaultVerdict: Verdict,
    patience: number = PATIENCE,
  ) {
    this.#patience = patience
    this.#programs = programs
    this.#order = order
    this.#meaning = meaning
    this.#defaultVerdict = defaultVerdict
  }

  /** Whether everything was shown of the call that a state is about. Nothing is tried before the walk takes long. */
  isShown({ region }: State): boolean {
    const call = this.#meaning.callOf(region)
    if (!call) return false
    const seen = this.#seen.get(call) ?? 0
    if (typeof seen === 'boolean') return seen
    const isTime = seen >= this.#patience * call.rules.length
    this.#seen.set(call, isTime ? this.#show(region, call) : seen + 1)
    return this.#seen.get(call) === true
  }

  #show(region: Region, call: CallPolicy): boolean {
    const { low: number } = region[NUMBER]!
    const { low: audit } = region[ARCHITECTURE]!
    const numbered = whereWithin(everyCall, NUMBER, number, number)!
    const all = whereWithin(numbered, ARCHITECTURE, audit, audit)!
    if (!this.#isRight(all, this.#defaultVerdict, call, call.rules.length, 1024)) return false
    return call.rules.every(({ conditions, verdict }, place) => {
      const { holds } = partsWhere([all], conditions)
      return (
        holds.length <= MOST_PARTS && holds.every((part) => this.#isRight(part, verdict, call, place, 256))
      )
    })
  }

  /**
   * Whether a region's calls all end with a verdict, or are taken by a rule before the one at `place`.
   * @param most how many ways may meet, at most, before they are merged
   */
  #isRight(region: Region, verdict: Verdict, call: CallPolicy, place: number, most: number): boolean {
    const isFine = (end: End): boolean => {
      this.cells++
      return effect(end.verdict) === effect(verdict) || this.#meaning.areTaken(end.region, call, place)
    }
    const tries = [{ most: most >> 4, few: 1 }, ...[1, 8, 64].map((few) => ({ most, few }))]
    return tries.some((limits) => mergedEnds(this.#programs, this.#order, region, limits)?.every(isFine))
  }
}

/** So many states for each rule are what it takes to walk lists of values, and far less than where ways multiply. */
const PATIENCE = 40

/** Of a rule over several ranges. */
const MOST_PARTS = 256
