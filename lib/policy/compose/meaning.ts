import { actionOf, type Verdict } from '../../bpf/verdict.ts'
import type { Condition, Rule } from '../../profile/types.ts'
import { type Architecture, architecture, architectures } from '../../syscalls/architectures.ts'
import { lowerConditions } from '../conditions.ts'
import { mergeRules } from '../merge.ts'
import type { Faithfulness, PolicyRule } from '../policy.ts'
import { type Box, everyBox, meetBoxes, splitBox } from './boxes.ts'
import { isWidthFree } from './values.ts'
import type { Answer } from './verdicts.ts'

/** One rule of one name as the runtimes read it: an argument comes at most once. */
export interface Clause {
  /** ANDed, by argument; none: always. */
  readonly conditions: readonly Condition[]
  readonly verdict: Verdict
  /** The rule of a profile that has these conditions. */
  readonly rule?: Rule
}

/** What one profile says about one name, for a target whose gates are known. */
export interface Meaning {
  readonly fallback: Answer
  /** Clauses as the profile lists them, without those that the runtimes skip. */
  readonly listed: readonly Clause[]
  /**
   * The same in the order they are tried, the first that matches decides; undefined when that isn't the same on every
   * architecture, or a condition doesn't mean the same on every width.
   */
  readonly tried: readonly Clause[] | undefined
}

/** The clauses of a rule: where an argument comes twice, each condition is a clause (runc seccomp_linux.go, matchCall). */
export const clausesOf = (rule: Rule, verdict: Verdict): Clause[] => {
  const { args } = rule
  const repeats = new Set(args.map(({ index }) => index)).size < args.length
  return (repeats ? args.map((each) => [each]) : [args]).map((conditions) => ({
    // libseccomp drops an empty mask: it always matches.
    conditions: conditions
      .filter(({ op, value }) => op !== 'SCMP_CMP_MASKED_EQ' || value !== 0n)
      .sort((a, b) => a.index - b.index),
    verdict,
    rule,
  }))
}

/**
 * What clauses of one number mean together.
 * @throws SeccompError ERR_POLICY_CONFLICT as `resolvePolicy` does.
 */
export const meaningOf = (syscall: string, clauses: readonly Clause[], fallback: Answer): Meaning => {
  const listed = clauses.filter(({ verdict }) => verdict !== fallback.verdict)
  const tried = inOrder(syscall, listed, architecture('x86_64'), 'crun')
  const isClear =
    listed.every(({ conditions }) => conditions.every(isWidthFree)) &&
    clashes(tried).every(([first, second]) =>
      readings(syscall, listed).every(({ arch, as }) => {
        const order = triedOn(syscall, listed, arch, as)
        return order !== undefined && order.indexOf(first) < order.indexOf(second)
      }),
    )
  return { fallback, listed, tried: isClear ? tried : undefined }
}

/** The one answer to every call, if there is one whatever the architecture. */
export const constantOf = ({ fallback, listed, tried }: Meaning): Answer | undefined => {
  const first = tried?.[0] ?? listed[0]
  if (!first) return fallback
  return first.conditions.length === 0 ? { verdict: first.verdict, isDefault: false } : undefined
}

/** Every answer that some call may get, on some architecture. */
export const rangeOf = (meaning: Meaning): Answer[] => {
  const constant = constantOf(meaning)
  if (constant) return [constant]
  return [meaning.fallback, ...meaning.listed.map(({ verdict }) => ({ verdict, isDefault: false }))]
}

/** Boxes are cut into at most so many parts. */
const MOST_PARTS = 4096

/** A box cut by who decides: each part with its answer. Undefined for too many parts. */
export const cutByMeaning = (
  box: Box,
  tried: readonly Clause[],
  fallback: Answer,
): { box: Box; answer: Answer }[] | undefined => {
  const parts: { box: Box; answer: Answer }[] = []
  let open: Box[] = [box]
  for (const { conditions, verdict } of tried) {
    const left: Box[] = []
    for (const each of open) {
      const { holds, fails } = splitBox(each, conditions)
      for (const part of holds) parts.push({ box: part, answer: { verdict, isDefault: false } })
      left.push(...fails)
    }
    if (parts.length + left.length > MOST_PARTS) return undefined
    open = left
  }
  for (const part of open) parts.push({ box: part, answer: fallback })
  return parts
}

const inOrder = (
  syscall: string,
  clauses: readonly Clause[],
  arch: Architecture,
  as: Faithfulness,
): Clause[] => {
  const lowered = new Map<PolicyRule, Clause>()
  for (const clause of clauses) {
    const context = { arch, as, syscall, position: undefined }
    for (const rule of lowerConditions(clause.conditions, clause.verdict, context, []))
      lowered.set(rule, clause)
  }
  const merged = mergeRules([...lowered.keys()], { arch: arch.name, syscall }, [])
  return merged.map((rule) => lowered.get(rule)!)
}

/** The order on one architecture, or undefined when the rules contradict each other there. */
const triedOn = (
  syscall: string,
  clauses: readonly Clause[],
  arch: Architecture,
  as: Faithfulness,
): Clause[] | undefined => {
  try {
    return inOrder(syscall, clauses, arch, as)
  } catch {
    return undefined
  }
}

/** Pairs with different verdicts that some call matches both of, in the order they are tried. */
const clashes = (tried: readonly Clause[]): [Clause, Clause][] => {
  if (new Set(tried.map(({ verdict }) => verdict)).size < 2) return []
  const boxes = tried.map(({ conditions }) => splitBox(everyBox, conditions).holds)
  return tried.flatMap((first, i) =>
    tried.slice(i + 1).flatMap((second, j): [Clause, Clause][] => {
      if (first.verdict === second.verdict) return []
      const meets = boxes[i]!.some((a) => boxes[i + 1 + j]!.some((b) => meetBoxes(a, b)))
      return meets ? [[first, second]] : []
    }),
  )
}

/** One architecture for every way the arguments of a call are read: all 64 bits of some, 32 of the others. */
const readings = (
  syscall: string,
  clauses: readonly Clause[],
): { arch: Architecture; as: Faithfulness }[] => {
  const indexes = new Set(clauses.flatMap(({ conditions }) => conditions.map(({ index }) => index)))
  const probe = [...indexes].map(
    (index): Condition => ({ index, op: 'SCMP_CMP_EQ', value: 0n, valueTwo: 0n }),
  )
  const found = new Map<string, { arch: Architecture; as: Faithfulness }>()
  for (const arch of architectures)
    for (const as of ['crun', 'safe'] as const) {
      const context = { arch, as, syscall, position: undefined }
      const [rule] = lowerConditions(probe, 0, context, [])
      found.set(`${rule!.conditions.map(({ width }) => width)}`, { arch, as })
    }
  return [...found.values()]
}

/** Whether nothing above the newest call is answered ENOSYS (runc's stub): the default leaves such calls alone. */
export const isLenient = (verdict: Verdict): boolean => ['ALLOW', 'LOG', 'TRACE'].includes(actionOf(verdict))

/** Equal for clauses that say the same. */
export const clauseKey = ({ conditions, verdict }: Clause): string =>
  `${verdict} ${conditions.map(({ index, op, value, valueTwo }) => `${index} ${op} ${value} ${valueTwo}`).join()}`
