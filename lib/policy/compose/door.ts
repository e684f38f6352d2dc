import { KILL_PROCESS, type Verdict, verdict as verdictOf } from '../../bpf/verdict.ts'
import { SeccompError } from '../../errors.ts'
import type { Condition } from '../../profile/types.ts'
import { multiplexedBy } from '../multiplex.ts'
import { answersOf, type Composed, cellsOf, composeCall } from './call.ts'
import { type Clause, clauseKey, cutByMeaning, type Meaning, meaningOf } from './meaning.ts'
import { type Answer, atLeastAsStrict, type Operation, strictestOf } from './verdicts.ts'
import { type Cell, writeCells } from './write.ts'

const ENOSYS = 38
const EPERM: Verdict = verdictOf('ERRNO', 1)

/** Whether a name is a door: the other names are behind it. */
export const isDoorName = (name: string): boolean => name === 'socketcall' || name === 'ipc'

/** What one profile says about some names, in its own order, and to calls that no rule decides. */
export interface Voice {
  readonly said: readonly { readonly name: string; readonly clause: Clause }[]
  readonly fallback: Answer
}

/**
 * Rules for names that are composed together: one, or all that lie behind socketcall or ipc. On architectures with such
 * a door a rule on `socket` also guards `socketcall` (architecture-policy.ts), and there it meets the rules on
 * `socketcall` itself. So what the door's number gets is composed as well. Where the rules of the names, with or
 * without rules for the door, would let more through there, the door is closed: that costs programs which use it, and
 * no others.
 * @param isDoor whether an architecture in question has the door
 * @throws SeccompError ERR_POLICY_CONFLICT when one of the profiles contradicts itself.
 */
export const composeTogether = (
  names: readonly string[],
  profiles: readonly Voice[],
  operation: Operation,
  defaultVerdict: Verdict,
  isDoor: (name: string) => boolean,
): ReadonlyMap<string, Composed> => {
  const voices = withoutEchoes(profiles)
  // The door first, as in the document.
  const sorted = names.toSorted((a, b) => Number(isDoorName(b)) - Number(isDoorName(a)))
  const meanings = new Map(sorted.map((name) => [name, meaningsOf(name, voices)]))
  if (voices.length === 1)
    return new Map([...meanings].map(([name, [meaning]]) => [name, { rules: meaning!.listed }]))
  const direct = new Map(
    [...meanings].map(([name, each]) => [name, composeCall(each, operation, defaultVerdict)]),
  )
  const door = names.map((name) => multiplexedBy(name)?.door).find((each) => each !== undefined)
  if (!door || !isDoor(door) || isUnchanged(voices, direct)) return direct
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
  const fitting = wanted && fitToDoor(door, direct, wanted, defaultVerdict)
  if (fitting) return fitting
  const verdict = strictestOf(answersOf(atDoor, operation))
  const closing = unlikeDefault(verdict, defaultVerdict)
  if (closing !== undefined) return withDoor(door, direct, always(closing))
  // All of them at their strictest: nothing is left that could open the door.
  const strictest = [...meanings.values()].map((each) => strictestOf(answersOf(each, operation)))
  const stop = strictestOf([verdict, ...strictest])
  return new Map(
    names.map((name) => [name, stop === defaultVerdict ? { ...always(stop), rules: [] } : always(stop)]),
  )
}

/** The rules of the names, or those and rules for the door: what says the same there as is wanted, or is stricter. */
const fitToDoor = (
  door: string,
  direct: ReadonlyMap<string, Composed>,
  wanted: readonly Cell[],
  defaultVerdict: Verdict,
): ReadonlyMap<string, Composed> | undefined => {
  const own = writeCells(wanted, defaultVerdict)
  const candidates = [direct]
  if (own?.exact && !own.rules.some(readsMore)) candidates.push(withDoor(door, direct, own))
  const orders = candidates.map((each) => compareAtDoor(door, each, wanted, defaultVerdict))
  const stricter = candidates[orders.indexOf('stricter')]
  return (
    candidates[orders.indexOf('same')] ??
    (stricter && withDoor(door, stricter, { rules: stricter.get(door)?.rules ?? [], inexact: 'multiplexed' }))
  )
}

const always = (verdict: Verdict): Composed => ({
  rules: [{ conditions: [], verdict }],
  inexact: 'multiplexed',
})

/** With other rules for the door, which come first: those without conditions are to drop all others. */
const withDoor = (
  door: string,
  composed: ReadonlyMap<string, Composed>,
  rules: Composed,
): ReadonlyMap<string, Composed> =>
  new Map([[door, rules], ...[...composed].filter(([name]) => name !== door)])

/** What profiles say word for word alike counts once: no operation makes anything else of it. */
const withoutEchoes = (voices: readonly Voice[]): Voice[] => {
  const heard = new Set<string>()
  return voices.filter(({ said, fallback }) => {
    if (fallback.verdict === undefined) return true
    const words = `${fallback.verdict}: ${said.map(({ name, clause }) => `${name} ${clauseKey(clause)}`).join('|')}`
    return !heard.has(words) && heard.add(words)
  })
}

/** Whether only one profile has rules on these names, and all of them stay: then the door gets what it got, too. */
const isUnchanged = (voices: readonly Voice[], direct: ReadonlyMap<string, Composed>): boolean => {
  const [speaker, ...others] = voices.filter(({ said }) => said.length > 0)
  if (!speaker || others.length > 0) return false
  const before = speaker.said.filter(({ clause }) => clause.verdict !== speaker.fallback.verdict)
  return [...direct].every(([name, { rules }]) => {
    const own = before.filter((each) => each.name === name).map(({ clause }) => clause)
    return rules.length === own.length && rules.every((rule, i) => clauseKey(rule) === clauseKey(own[i]!))
  })
}

/** A verdict as strict, or stricter, that isn't the default: only such a rule counts. */
const unlikeDefault = (verdict: Verdict, defaultVerdict: Verdict): Verdict | undefined =>
  [verdict, verdictOf('ERRNO', ENOSYS), EPERM, KILL_PROCESS].find(
    (each) => each !== defaultVerdict && atLeastAsStrict(each, verdict),
  )

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
