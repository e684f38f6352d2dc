import { actionOf, dataOf, strictness, type Verdict } from '../../bpf/verdict.ts'
import type { ActionName } from '../../profile/types.ts'

/** What one of the composed profiles says to a call. */
export interface Answer {
  /** Undefined: nothing, let the others decide. */
  readonly verdict: Verdict | undefined
  /** No rule says so, only the default. */
  readonly isDefault: boolean
}

/** What a composition says to a call, of what each of its profiles says, in their order. */
export type Operation = (answers: readonly Answer[]) => Verdict

const rank = (verdict: Verdict): number => strictness(actionOf(verdict))

/** Whether `a` restricts at least as much as `b`: the order of actions, in which their data count nothing. */
export const atLeastAsStrict = (a: Verdict, b: Verdict): boolean => rank(a) <= rank(b)

export const strictestOf = (verdicts: Iterable<Verdict>): Verdict =>
  [...verdicts].reduce((kept, each) => (rank(each) < rank(kept) ? each : kept))

/**
 * The strictest answer, in the order KILL_PROCESS > KILL_THREAD > TRAP > ERRNO > NOTIFY > TRACE > LOG > ALLOW, the
 * kernel's for stacked filters and the one proposed to the OCI (runtime-spec issue 1317, Kubernetes KEP-6061). Of two
 * as strict, which differ in their errno, a rule's counts before a default's, then the earlier profile's.
 */
export const strictestAnswer: Operation = (answers) => choose(answers, (a, b) => rank(a) - rank(b))

/** The least strict answer; ties as in {@link strictestAnswer}. */
export const loosestAnswer: Operation = (answers) => choose(answers, (a, b) => rank(b) - rank(a))

const choose = (answers: readonly Answer[], compare: (a: Verdict, b: Verdict) => number): Verdict => {
  let best: { verdict: Verdict; isDefault: boolean } | undefined
  for (const { verdict, isDefault } of answers) {
    if (verdict === undefined) continue
    const order = best ? compare(verdict, best.verdict) : -1
    if (order < 0 || (order === 0 && best?.isDefault && !isDefault)) best = { verdict, isDefault }
  }
  if (!best) throw new RangeError('nothing to choose from')
  return best.verdict
}

/** A verdict as a rule of a profile says it. */
export const asAction = (verdict: Verdict): { action: ActionName; errnoRet?: number } => {
  const action = actionOf(verdict)
  const name: ActionName = `SCMP_ACT_${action}`
  return action === 'ERRNO' || action === 'TRACE'
    ? { action: name, errnoRet: dataOf(verdict) }
    : { action: name }
}
