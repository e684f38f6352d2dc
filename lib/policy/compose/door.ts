import type { Verdict } from '../../bpf/verdict.ts'
import { SeccompError } from '../../errors.ts'
import type { Condition } from '../../profile/types.ts'
import { multiplexedBy } from '../multiplex.ts'
import { answersOf, type Composed, cellsOf, composeCall } from './call.ts'
import { type Clause, cutByMeaning, type Meaning, meaningOf } from './meaning.ts'
import { type Answer, atLeastAsStrict, type Operation, strictestOf } from './verdicts.ts'
import { type Cell, writeCells } from './write.ts'

/** What one profile says about some names, in its own order, and to calls that no rule decides. */
export interface Voice {
  readonly said: readonly { readonly name: string; readonly clause: Clause }[]
  readonly fallback: Answer
}

/**
 * Rules for names that are composed together: one, or all that lie behind socketcall or ipc. On architectures with such
 * a door a rule on `socket` also guards `socketcall` (architecture-policy.ts), and there it meets the rules on
 * `socketcall` itself; so what the door's number gets is composed as well, and no rule may make it less strict.
 * @param isDoor whether an architecture in question has the door
 * @throws SeccompError ERR_POLICY_CONFLICT when one of the profiles contradicts itself.
 */
export const composeTogether = (
  names: readonly string[],
  voices: readonly Voice[],
  operation: Operation,
  defaultVerdict: Verdict,
  isDoor: (name: string) => boolean,
): ReadonlyMap<string, Composed> => {
  const meanings = new Map(names.map((name) => [name, meaningsOf(name, voices)]))
  const direct = new Map(
    [...meanings].map(([name, each]) => [name, composeCall(each, operation, defaultVerdict)]),
  )
  const door = names.map((name) => multiplexedBy(name)?.door).find((each) => each !== undefined)
  if (!door || !isDoor(door)) return direct
  const atDoor = voices.map(({ said, fallback }) =>
    meaningAt(
      door,
      said.map(({ name, clause }) => throughDoor(name, clause)),
      fallback,
    ),
  )
  // A profile that contradicts itself there can't be used on an architecture that has the door.
  if (!atDoor.every((each) => each !== undefined)) return direct
  const wanted = readsArguments(door, voices) ? undefined : cellsOf(atDoor, operation)
  const found = wanted && bestAtDoor(door, direct, wanted, defaultVerdict)
  if (found) return found
  const answers = [atDoor, ...meanings.values()].flatMap((each) => [...answersOf(each, operation)])
  const verdict = strictestOf(answers)
  const rules: Clause[] = verdict === defaultVerdict ? [] : [{ conditions: [], verdict }]
  return new Map(names.map((name) => [name, { rules, inexact: 'multiplexed' }]))
}

/**
 * The rules as composed name by name, or with one stopping action for each name, each also with rules of its own for
 * the door: the first that is right at the door, else the first that is stricter.
 */
const bestAtDoor = (
  door: string,
  direct: ReadonlyMap<string, Composed>,
  wanted: readonly Cell[],
  defaultVerdict: Verdict,
): ReadonlyMap<string, Composed> | undefined => {
  const plain = new Map([...direct].map(([name, each]) => [name, withOneVerdict(each, defaultVerdict)]))
  const withOwn = (composed: ReadonlyMap<string, Composed>): ReadonlyMap<string, Composed> | undefined => {
    const own = composed.has(door) ? writeCells(wanted, defaultVerdict) : undefined
    return own?.exact && !own.rules.some(readsMore) ? new Map(composed).set(door, own) : undefined
  }
  let stricter: ReadonlyMap<string, Composed> | undefined
  for (const candidate of [direct, withOwn(direct), plain, withOwn(plain)]) {
    const order = candidate && compareAtDoor(door, candidate, wanted, defaultVerdict)
    if (order === 'same') return candidate
    if (order === 'stricter') stricter ??= candidate
  }
  const blamed = direct.has(door) ? door : [...direct.keys()][0]!
  return stricter && new Map(stricter).set(blamed, { ...stricter.get(blamed)!, inexact: 'multiplexed' })
}

/**
 * Behind a door conditions on argument 0 are lost, and rules that differ in nothing else contradict each other if their
 * actions differ. What is stopped is stopped with the strictest of the actions, and then nothing is let through.
 */
const withOneVerdict = (composed: Composed, defaultVerdict: Verdict): Composed => {
  if (new Set(composed.rules.map(({ verdict }) => verdict)).size < 2) return composed
  const stops = composed.rules.filter(({ verdict }) => atLeastAsStrict(verdict, defaultVerdict))
  const verdict = strictestOf((stops.length ? stops : composed.rules).map((rule) => rule.verdict))
  const rules = stops.length ? stops : composed.rules
  return { rules: rules.map((rule) => ({ ...rule, verdict })), inexact: 'multiplexed' }
}

const meaningsOf = (name: string, voices: readonly Voice[]): Meaning[] =>
  voices.map(({ said, fallback }) =>
    meaningOf(
      name,
      said.filter((each) => each.name === name).map(({ clause }) => clause),
      fallback,
    ),
  )

/** What the door's own number gets; undefined where the rules contradict each other. */
const meaningAt = (door: string, clauses: readonly Clause[], fallback: Answer): Meaning | undefined => {
  try {
    return meaningOf(door, clauses, fallback)
  } catch (error) {
    if (error instanceof SeccompError && error.code === 'ERR_POLICY_CONFLICT') return undefined
    throw error
  }
}

/** Argument 0 picks the call, the others stay where they are (architecture-policy.ts, throughDoor). */
const throughDoor = (name: string, clause: Clause): Clause => {
  const behind = multiplexedBy(name)
  if (!behind) return clause
  const pick: Condition = { index: 0, op: 'SCMP_CMP_EQ', value: BigInt(behind.call), valueTwo: 0n }
  return { ...clause, conditions: [pick, ...clause.conditions.filter(({ index }) => index !== 0)] }
}

/** Whether a rule on the door reads more than which call is meant. */
const readsMore = ({ conditions }: Clause): boolean => conditions.some(({ index }) => index !== 0)

/** The door's other arguments may be wider than those of the calls behind it: then the two can't be compared. */
const readsArguments = (door: string, voices: readonly Voice[]): boolean =>
  voices.some(({ said }) => said.some(({ name, clause }) => name === door && readsMore(clause)))

/** Whether the rules, where they meet at the door, give its calls what is wanted, or something stricter. */
const compareAtDoor = (
  door: string,
  composed: ReadonlyMap<string, Composed>,
  wanted: readonly Cell[],
  defaultVerdict: Verdict,
): 'same' | 'stricter' | 'looser' => {
  const clauses = [...composed].flatMap(([name, { rules }]) => rules.map((rule) => throughDoor(name, rule)))
  const meaning = meaningAt(door, clauses, { verdict: defaultVerdict, isDefault: true })
  // Rules that can't stand together are no better than rules that let too much through.
  if (!meaning?.tried) return 'looser'
  let order: 'same' | 'stricter' = 'same'
  for (const { box, verdict } of wanted) {
    const parts = cutByMeaning(box, meaning.tried, meaning.fallback)
    if (!parts?.every(({ answer }) => atLeastAsStrict(answer.verdict!, verdict))) return 'looser'
    if (parts.some(({ answer }) => answer.verdict !== verdict)) order = 'stricter'
  }
  return order
}
