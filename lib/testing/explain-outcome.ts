import { formatCall } from '../inspect/call-text.ts'
import { formatDecision } from '../inspect/decision.ts'
import type { CallExplanation, IdleRule } from '../inspect/explain/types.ts'
import { explain } from '../inspect/explain.ts'
import { hex } from '../inspect/words.ts'
import { formatPosition, formatVerdict } from '../policy/format.ts'
import { architecture } from '../syscalls/architectures.ts'
import { argumentWidth } from '../syscalls/arguments.ts'
import type { Outcome } from './check-calls.ts'
import { fulfils } from './expected-verdict.ts'
import type { Subject } from './subject.ts'

/**
 * Why a call got its verdict, a line each: the call, which rule decided, and which rules for something else name the
 * call and didn't decide it.
 */
export const explainOutcome = (outcome: Outcome, subject: Subject): string[] => {
  const { call, arch, verdict, decision, kernel, holds, expected } = outcome
  const why = explanation(outcome, subject)
  const decided = why?.cases[0]
  const meant = (why?.idle ?? []).filter((rule) => fulfils(rule.verdict, expected, arch) !== holds)
  const by = `decided by ${decided?.decidedBy ?? formatDecision(decision)}`
  return [
    `${formatCall(call)} on ${arch} gets ${formatVerdict(verdict, arch)}${sameCall(outcome)}`,
    ...(kernel === undefined ? [] : [kernel]),
    decided?.words.length ? `${by}, because ${decided.words.join(' and ')}` : by,
    ...meant.slice(0, MOST).map((rule) => idleLine(rule, arch)),
    ...(meant.length > MOST ? [`nor by ${meant.length - MOST} more`] : []),
  ]
}

/** A list of values may have thousands of rules. */
const MOST = 5

/** Only a profile has rules that don't count; of filters that stack, nobody knows whose. */
const explanation = (
  { call, arch, name }: Outcome,
  { profile, policies }: Subject,
): CallExplanation | undefined => {
  if (!profile) return undefined
  const { target, as } = policies[0]!
  const { major, minor } = target.kernel
  return explain(profile, { name, args: call.args, arch }, { ...target, kernel: `${major}.${minor}`, as })
}

const idleLine = ({ position, verdict, reason, words }: IdleRule, arch: Outcome['arch']): string => {
  const asks = words.filter(({ length }) => length > 0).map((way) => way.join(' and '))
  const when = asks.length ? `; it applies if ${asks.join(', or if ')}` : ''
  return `not by ${formatPosition(position)} (${formatVerdict(verdict, arch)}): ${reason}${when}`
}

/** Where upper bits make the difference, that the kernel doesn't look at them. */
const sameCall = ({ call, arch, name, some }: Outcome): string => {
  const index = call.args.findIndex((value, i) => value > 0xffffffffn && argumentWidth(name, i, arch) === 32)
  if (!some || index < 0 || architecture(arch).bits === 32) return ''
  const low = hex(call.args[index]! & 0xffffffffn)
  return `; the kernel reads 32 bits of argument ${index}, so to it that is ${low}`
}
