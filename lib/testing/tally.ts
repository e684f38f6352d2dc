/** The kernel's answers against the oracle's. */
import type { Call } from '../bpf/data.ts'
import { effect, strictest, type Verdict } from '../bpf/verdict.ts'
import { decide, formatDecision } from '../inspect/decision.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { nameOf } from '../syscalls/numbers.ts'
import type { Answers } from './ask.ts'
import type { Topic, Topics } from './questions.ts'

/** Calls of one number that the kernel answers otherwise than the profile says. */
export interface Difference {
  /** The first one. */
  readonly call: Call
  readonly architecture: ArchitectureName
  /** Where the number has one. */
  readonly name: string | undefined
  /** What the kernel does; undefined when it let the call past the filter. */
  readonly kernel: Verdict | undefined
  /** What the profile says. */
  readonly profile: Verdict
  /** What in the profile decides it, as `explain` says it. */
  readonly decidedBy: string
  /** How many of the questions about this number differ in this way. */
  readonly count: number
}

const MOST_DIFFERENCES = 1000

/** Collects the differences of one architecture, over any number of rounds of questions. */
export class Tally {
  readonly #policies: readonly Policy[]
  readonly #group: Topics
  readonly #differences = new Map<string, Difference & { count: number }>()
  /** Answered so far. */
  questions = 0
  /** Of those, answered otherwise than expected. */
  differing = 0

  constructor(policies: readonly Policy[], group: Topics) {
    this.#policies = policies
    this.#group = group
  }

  get differences(): readonly Difference[] {
    return [...this.#differences.values()]
  }

  /** @param answers of each filter; a call that one of them let past itself is the last that counts. */
  compare(topics: readonly Topic[], expected: readonly Verdict[], answers: readonly Answers[]): void {
    const lists = answers.map(({ verdicts }) => verdicts)
    const answered = Math.min(...lists.map(({ length }) => length))
    const stray = answers.some(({ stopped }) => stopped?.by === 'stray')
    const asked = stray ? answered + 1 : answered
    const single = lists.length === 1 ? lists[0]! : undefined
    let place = 0
    for (const { nr, vectors } of topics)
      for (const args of vectors) {
        if (place === asked) return
        const wanted = expected[place]!
        const given = single ? single[place] : together(lists, place)
        place++
        this.questions++
        // Most are the very same.
        if (given === wanted || (given !== undefined && effect(given) === effect(wanted))) continue
        this.#add({ arch: this.#group.audit, nr, args, instructionPointer: 0n }, given, wanted)
      }
  }

  #add(call: Call, kernel: Verdict | undefined, profile: Verdict): void {
    this.differing++
    const key = [call.nr, kernel, profile].join()
    const known = this.#differences.get(key)
    if (known) known.count++
    else if (this.#differences.size < MOST_DIFFERENCES)
      this.#differences.set(key, {
        call,
        architecture: this.#group.arch,
        name: nameOf(this.#group.arch, call.nr),
        kernel,
        profile,
        decidedBy: formatDecision(decide(this.#deciding(call), call)),
        count: 1,
      })
  }

  /** Of several policies, the one whose word counts. */
  #deciding(call: Call): Policy {
    const verdicts = this.#policies.map((policy) => evaluate(policy, call))
    return this.#policies[verdicts.lastIndexOf(strictest(verdicts))]!
  }
}

const together = (lists: readonly Answers['verdicts'][], place: number): Verdict | undefined => {
  const verdicts = lists.map((list) => list[place])
  return verdicts.includes(undefined) ? undefined : strictest(verdicts as Verdict[])
}
