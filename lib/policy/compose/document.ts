import type { Verdict } from '../../bpf/verdict.ts'
import type { Rule } from '../../profile/types.ts'
import { type ArchitectureName, architectures } from '../../syscalls/architectures.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import { multiplexedBy } from '../multiplex.ts'
import { exactVerdict } from '../rules.ts'
import type { Gates } from './cases.ts'
import { type Clause, clauseKey, isLenient } from './meaning.ts'
import { asAction } from './verdicts.ts'

/** One rule for one name. */
export interface NamedClause extends Clause {
  readonly name: string
  readonly gates: Gates
}

/**
 * Rules as a document has them: names that share everything else in one rule. Rules of one number stay in their order,
 * which matters for some: the first without conditions wins, and conditions that tie are tried as listed.
 * @param beside other rules that the document has
 */
export const rulesOf = (
  clauses: readonly NamedClause[],
  defaultVerdict: Verdict,
  beside: readonly Rule[] = [],
): Rule[] => {
  const rules: { key: string; names: string[]; rest: Omit<Rule, 'names'> }[] = []
  const latest = new Map<string, number>()
  for (const clause of withoutIdle(clauses, defaultVerdict, beside)) {
    const comment = clause.verdict === defaultVerdict ? idleComment : commentOf(clause)
    const key = JSON.stringify([clauseKey(clause), clause.gates, comment])
    // All behind one door have a number in common.
    const number = multiplexedBy(clause.name)?.door ?? clause.name
    const after = latest.get(number) ?? 0
    const found = rules.findIndex((rule, index) => index >= after && rule.key === key)
    latest.set(number, found < 0 ? rules.length : found)
    if (found >= 0) rules[found]!.names.push(clause.name)
    else rules.push({ key, names: [clause.name], rest: restOf(clause, comment) })
  }
  return rules.map(({ names, rest }) => ({ names: [...new Set(names)], ...rest }))
}

const restOf = (
  { verdict, conditions, gates }: NamedClause,
  comment: string | undefined,
): Omit<Rule, 'names'> => ({
  ...asAction(verdict),
  args: conditions,
  ...(comment !== undefined && { comment }),
  ...gates,
})

const idleComment = 'The default, said by name: calls newer than the newest named one get ENOSYS'

const commentOf = ({ rule, verdict }: Clause): string | undefined =>
  rule && exactVerdict(rule.action, rule.errnoRet) === verdict ? rule.comment : undefined

/**
 * A rule that says no more than the default is skipped by the runtimes, but its numbers count for runc's stub, which
 * answers ENOSYS above the newest. Those that no other name stands in for stay.
 */
const withoutIdle = (
  clauses: readonly NamedClause[],
  defaultVerdict: Verdict,
  beside: readonly Rule[],
): readonly NamedClause[] => {
  const isIdle = (clause: NamedClause): boolean => clause.verdict === defaultVerdict
  if (isLenient(defaultVerdict)) return clauses.filter((clause) => !isIdle(clause))
  const idle = clauses.filter(isIdle)
  if (idle.length === 0) return clauses
  const standIns = (from: readonly NamedClause[]): string[] =>
    from.filter(({ gates }) => !Object.keys(gates).length).map(({ name }) => name)
  const always = [
    ...beside.filter(({ includes, excludes }) => !includes && !excludes).flatMap(({ names }) => names),
    ...standIns(clauses.filter((clause) => !isIdle(clause))),
    ...standIns(idle),
  ].filter(alwaysCounts)
  const newest = new Map(architectures.map(({ name }) => [name, newestOf(name, always)]))
  const needed = new Set([...newest.values()].map((each) => each?.name))
  const isCovered = ({ name }: NamedClause): boolean =>
    !name.startsWith('#') &&
    !needed.has(name) &&
    architectures.every((arch) => (numberOf(arch.name, name) ?? -1) <= (newest.get(arch.name)?.number ?? -1))
  return clauses.filter((clause) => !isIdle(clause) || !isCovered(clause))
}

/** Not so calls behind a door, which have no number for runc, nor numbers, which other architectures don't have. */
const alwaysCounts = (name: string): boolean => !name.startsWith('#') && multiplexedBy(name) === undefined

const newestOf = (
  arch: ArchitectureName,
  names: readonly string[],
): { name: string; number: number } | undefined => {
  let newest: { name: string; number: number } | undefined
  for (const name of names) {
    const number = numberOf(arch, name)
    if (number !== undefined && number > (newest?.number ?? -1)) newest = { name, number }
  }
  return newest
}
