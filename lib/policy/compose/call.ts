import type { Verdict } from '../../bpf/verdict.ts'
import { type Box, everyBox } from './boxes.ts'
import { type Clause, constantOf, cutByMeaning, type Meaning, rangeOf } from './meaning.ts'
import { type Answer, type Operation, strictestOf } from './verdicts.ts'
import { type Cell, writeCells } from './write.ts'

/** What a composition says about one name, for targets of one case. */
export interface Composed {
  /** Rules that mean the same in any order; none: the default. */
  readonly rules: readonly Clause[]
  /** Why they are stricter than the operation for some calls; undefined: they say exactly the same. */
  readonly inexact?: 'arguments' | 'multiplexed'
}

/** Calls are cut into at most so many cells. */
const MOST_CELLS = 4096

/** Rules for one name, of what each profile says about it. */
export const composeCall = (
  meanings: readonly Meaning[],
  operation: Operation,
  defaultVerdict: Verdict,
): Composed => {
  const range = answersOf(meanings, operation)
  const [only] = range
  if (only !== undefined && range.size === 1) return { rules: always(only, defaultVerdict, meanings) }
  const kept = keepConditions(meanings, operation, defaultVerdict)
  if (kept) return { rules: kept }
  const cells = cellsOf(meanings, operation)
  const written = cells && writeCells(cells, defaultVerdict)
  if (written?.exact) return { rules: written.rules }
  const rules = written?.rules ?? always(strictestOf(range), defaultVerdict, meanings)
  return { rules, inexact: 'arguments' }
}

/** Every verdict that some call may get of the composition. */
export const answersOf = (meanings: readonly Meaning[], operation: Operation): Set<Verdict> =>
  new Set(combinations(meanings.map(rangeOf)).map(operation))

/** Every call of a name with its composed verdict; undefined where architectures disagree, or for too many cells. */
export const cellsOf = (meanings: readonly Meaning[], operation: Operation): Cell[] | undefined => {
  let parts: { box: Box; answers: Answer[] }[] = [{ box: everyBox, answers: [] }]
  for (const meaning of meanings) {
    const { tried, fallback } = meaning
    const constant = constantOf(meaning)
    if (!constant && !tried) return undefined
    const next: typeof parts = []
    for (const { box, answers } of parts) {
      const cut = constant ? [{ box, answer: constant }] : cutByMeaning(box, tried!, fallback)
      if (!cut || next.length + cut.length > MOST_CELLS) return undefined
      for (const { box, answer } of cut) next.push({ box, answers: [...answers, answer] })
    }
    parts = next
  }
  return parts.map(({ box, answers }) => ({ box, verdict: operation(answers) }))
}

/** One verdict for every call. */
const always = (verdict: Verdict, defaultVerdict: Verdict, meanings: readonly Meaning[]): Clause[] => {
  if (verdict === defaultVerdict) return []
  const clauses = meanings.flatMap(({ listed }) => listed)
  return [
    clauses.find((each) => each.verdict === verdict && !each.conditions.length) ?? {
      conditions: [],
      verdict,
    },
  ]
}

/**
 * Where the profiles that don't say the same of all calls have the same conditions, these stay as they are, each with
 * its composed verdict: right on every architecture, whatever the order, since that depends on conditions alone.
 */
const keepConditions = (
  meanings: readonly Meaning[],
  operation: Operation,
  defaultVerdict: Verdict,
): Clause[] | undefined => {
  const constants = meanings.map(constantOf)
  const varying = meanings.filter((_, i) => constants[i] === undefined)
  if (new Set(varying.map(conditionsKey)).size !== 1) return undefined
  if (operation(meanings.map(({ fallback }, i) => constants[i] ?? fallback)) !== defaultVerdict)
    return undefined
  const rules = varying[0]!.listed.map((clause, place): Clause => {
    const answers = meanings.map(
      ({ listed }, i) => constants[i] ?? { verdict: listed[place]!.verdict, isDefault: false },
    )
    return { ...clause, verdict: operation(answers) }
  })
  const left = rules.filter(({ verdict }) => verdict !== defaultVerdict)
  // A rule that goes would leave its calls to the next one.
  return left.length === 0 || left.length === rules.length ? left : undefined
}

const conditionsKey = ({ listed }: Meaning): string =>
  listed
    .map(({ conditions }) =>
      conditions.map(({ index, op, value, valueTwo }) => `${index} ${op} ${value} ${valueTwo}`).join(),
    )
    .join(';')

const combinations = (ranges: readonly (readonly Answer[])[]): Answer[][] =>
  ranges.reduce<Answer[][]>(
    (all, range) => all.flatMap((each) => distinct(range).map((answer) => [...each, answer])),
    [[]],
  )

const distinct = (answers: readonly Answer[]): Answer[] => [
  ...new Map(answers.map((answer) => [`${answer.verdict} ${answer.isDefault}`, answer])).values(),
]
