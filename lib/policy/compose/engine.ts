import type { Verdict } from '../../bpf/verdict.ts'
import type { Rule } from '../../profile/types.ts'
import { type ArchitectureName, architectures } from '../../syscalls/architectures.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import { formatVerdict } from '../format.ts'
import { multiplexedBy } from '../multiplex.ts'
import { whyGated } from '../resolve.ts'
import { exactVerdict } from '../rules.ts'
import type { Target } from '../target.ts'
import type { Composed } from './call.ts'
import { casesOf, type Gates } from './cases.ts'
import type { NamedClause } from './document.ts'
import { composeTogether, isDoorName, type Voice } from './door.ts'
import { type Clause, clauseKey, clausesOf } from './meaning.ts'
import { type Answer, type Operation, strictestOf } from './verdicts.ts'
import type { ComposeWarning } from './warnings.ts'

/** Rules that take part in a composition. */
export interface Part {
  readonly rules: readonly Rule[]
  readonly fallback: Answer
}

/**
 * What `operation` makes of the parts, name by name and, where rules have gates, case by case: on every target each
 * call gets what the operation says of the parts' answers, or something stricter, with a warning.
 * @param on the architectures of the result, where they are known
 * @throws SeccompError ERR_POLICY_CONFLICT for a part that contradicts itself; ERR_TARGET_INVALID for too many gates.
 */
export const composeRules = (
  parts: readonly Part[],
  operation: Operation,
  defaultVerdict: Verdict,
  on?: readonly ArchitectureName[],
): { rules: NamedClause[]; warnings: ComposeWarning[] } => {
  const among = on ?? architectures.map(({ name }) => name)
  const isDoor = (name: string): boolean => among.some((arch) => numberOf(arch, name) !== undefined)
  const rules: NamedClause[] = []
  const warnings: ComposeWarning[] = []
  const lookUp = parts.map(rulesAbout)
  for (const names of together(parts)) {
    const composed = composeCases(
      names,
      parts.map(({ fallback }, i) => ({ fallback, rules: lookUp[i]!(names) })),
      (voices) => composeTogether(names, voices, operation, defaultVerdict, isDoor),
      defaultVerdict,
    )
    rules.push(...composed.rules)
    warnings.push(...composed.warnings)
  }
  return { rules, warnings }
}

/** Names in order of appearance, those behind one door together. */
export const together = (parts: readonly Part[]): string[][] => {
  const groups = new Map<string, string[]>()
  for (const name of new Set(parts.flatMap(({ rules }) => rules.flatMap((rule) => rule.names)))) {
    const key = multiplexedBy(name)?.door ?? name
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  return [...groups.values()]
}

/** The rules of a part about some names: a profile has hundreds of names, so they are looked up, not searched for. */
const rulesAbout = ({ rules }: Part): ((names: readonly string[]) => readonly Rule[]) => {
  const byName = new Map<string, Rule[]>()
  for (const rule of rules)
    for (const name of new Set(rule.names)) {
      const known = byName.get(name)
      if (known) known.push(rule)
      else byName.set(name, [rule])
    }
  return ([first, ...others]) => {
    if (others.length === 0) return byName.get(first!) ?? []
    const wanted = new Set([first!, ...others].flatMap((name) => byName.get(name) ?? []))
    return rules.filter((rule) => wanted.has(rule))
  }
}

const composeCases = (
  names: readonly string[],
  about: readonly Part[],
  compose: (voices: readonly Voice[]) => ReadonlyMap<string, Composed>,
  defaultVerdict: Verdict,
): { rules: NamedClause[]; warnings: ComposeWarning[] } => {
  const inProfile = about.flatMap(({ rules }) => rules)
  const cases = casesOf(inProfile, names)
  const found = new Map<string, { clause: Clause; name: string; cases: Set<number> }>()
  const warnings = new Map<string, ComposeWarning>()
  const known = new Map<string, ReadonlyMap<string, Composed>>()
  for (const [index, target] of cases.examples.entries()) {
    const voices = about.map((part) => voiceOn(target, part, names))
    const keys = voices.map(({ said }) => said.map(({ name, clause }) => name + clauseKey(clause)).join('|'))
    const key = keys.join('||')
    const composed = known.get(key) ?? compose(voices)
    known.set(key, composed)
    for (const [name, { rules, inexact }] of composed) {
      if (inexact)
        warnings.set(name, warningOf(name, inexact, [...rules.map(({ verdict }) => verdict), defaultVerdict]))
      // A patch that changes nothing needn't be seen.
      const isNamed = voices.some(
        ({ said, fallback }) => fallback.verdict !== undefined && said.some((each) => each.name === name),
      )
      const clauses = rules.length || !isNamed ? rules : [{ conditions: [], verdict: defaultVerdict }]
      for (const clause of clauses) {
        const id = `${name} ${clauseKey(clause)}`
        const entry = found.get(id) ?? { clause, name, cases: new Set() }
        entry.cases.add(index)
        found.set(id, entry)
      }
    }
  }
  const rules = [...found.values()]
    .sort((a, b) => placeOf(a, inProfile) - placeOf(b, inProfile))
    .flatMap(({ clause, name, cases: present }) =>
      // Two gates open at once would list the same conditions twice, which is worth a warning elsewhere.
      cases
        .gatesFor(present, clause.conditions.length === 0)
        .map((gates) => withComment({ ...clause, name, gates }, inProfile)),
    )
  return { rules, warnings: [...warnings.values()] }
}

/** Of rules that say the same behind different gates, the one that had these: its comment is about them. */
const withComment = (clause: NamedClause, inProfile: readonly Rule[]): NamedClause => {
  const key = gatesKey(clause.gates)
  if (!clause.rule || clause.conditions.length || gatesKey(clause.rule) === key) return clause
  const { name, verdict } = clause
  const rule = inProfile.find(
    (each) =>
      gatesKey(each) === key &&
      each.args.length === 0 &&
      exactVerdict(each.action, each.errnoRet) === verdict &&
      each.names.includes(name),
  )
  return rule ? { ...clause, rule } : clause
}

const gatesKey = ({ includes, excludes }: Gates): string => JSON.stringify([includes, excludes])

/**
 * Where a rule is listed. Of a door, rules without conditions come first: those behind it may contradict each other
 * there, as long as they don't count. Others keep their order, which may matter where operands are cut to 32 bits.
 */
const placeOf = ({ name, clause }: { name: string; clause: Clause }, inProfile: readonly Rule[]): number => {
  if (clause.conditions.length === 0 && isDoorName(name)) return -1
  return clause.rule ? inProfile.indexOf(clause.rule) : inProfile.length
}

/** What a part says on one target about some names. */
const voiceOn = (target: Target, { rules, fallback }: Part, names: readonly string[]): Voice => ({
  fallback,
  said: rules
    .filter((rule) => whyGated(rule, target) === undefined)
    .flatMap((rule) => {
      const clauses = clausesOf(rule, exactVerdict(rule.action, rule.errnoRet))
      return (names.length === 1 ? names : rule.names.filter((name) => names.includes(name))).flatMap(
        (name) => clauses.map((clause) => ({ name, clause })),
      )
    }),
})

const warningOf = (
  syscall: string,
  kind: NonNullable<Composed['inexact']>,
  verdicts: readonly Verdict[],
): ComposeWarning => {
  const instead = formatVerdict(strictestOf(verdicts))
  const door = multiplexedBy(syscall)?.door
  const remedy = 'If that hurts, compose for a target without such architectures: profileFor(profile, …).'
  const message = {
    arguments:
      `no rules can say what ${syscall} is to get for all of its arguments; where they can't it gets ${instead}. ` +
      'Compare operands below 2^32, and an argument either with a mask or with a range.',
    multiplexed: door
      ? `${syscall} gets ${instead} whatever its arguments, for where it is reached through ${door} they can't be read. ${remedy}`
      : `on architectures that have ${syscall}, some calls through it get ${instead}, for their arguments can't be read ` +
        `there. ${remedy}`,
  }[kind]
  return { kind, syscall, message }
}
