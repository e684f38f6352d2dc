import type { Verdict } from '../../bpf/verdict.ts'
import { SeccompError } from '../../errors.ts'
import { architectureOf, callPolicy } from '../../policy/evaluate.ts'
import type { PolicyRule } from '../../policy/policy.ts'
import { resolvePolicy } from '../../policy/rules.ts'
import type { Target } from '../../policy/target.ts'
import type { Position, Profile } from '../../profile/types.ts'
import { architecture } from '../../syscalls/architectures.ts'
import {
  byDefault,
  type Decision,
  decide,
  decisionPosition,
  formatDecision,
  formatDefault,
} from '../decision.ts'
import { conditionWords } from './condition-words.ts'
import type { Inquiry } from './inquiry.ts'
import { ruleAt } from './named-rules.ts'
import type { Case } from './types.ts'

/** What decides the call: with arguments the one answer it gets, without them each that it may get, as they are tried. */
export const casesOf = (inquiry: Inquiry): readonly Case[] => {
  const { policy, arch, number: nr, args } = inquiry
  const call = { arch: architecture(arch).audit, nr, args: args ?? NO_ARGUMENTS, instructionPointer: 0n }
  const rules = triedRules(inquiry)
  if (args || rules.length === 0) return [caseOf(inquiry, decide(policy, call))]
  const cases = rules.map((rule) => caseOf(inquiry, { by: 'rule', verdict: rule.verdict, arch, rule }))
  if (rules.some(({ conditions }) => conditions.length === 0)) return cases
  return [...cases, caseOf(inquiry, byDefault(policy))]
}

/** The call's answers under another profile or target; undefined where no policy comes of them. */
export const casesUnder = (
  inquiry: Inquiry,
  { profile = inquiry.profile, target = inquiry.policy.target }: { profile?: Profile; target?: Target },
): readonly Case[] | undefined => {
  try {
    return casesOf({ ...inquiry, profile, policy: resolvePolicy(profile, target, inquiry.policy.as) })
  } catch (error) {
    // Rules that contradict each other there, or another byte order: nothing to recommend.
    if (error instanceof SeccompError) return undefined
    throw error
  }
}

const NO_ARGUMENTS = [0n, 0n, 0n, 0n, 0n, 0n]

/** The rules for the call, in the order they are tried. */
export const triedRules = ({ policy, arch, number }: Inquiry): readonly PolicyRule[] => {
  const where = architectureOf(policy, { arch: architecture(arch).audit, nr: number })
  return typeof where === 'string' ? [] : (callPolicy(where, number)?.rules ?? [])
}

/** The one verdict that all cases give, or undefined. */
export const onlyVerdict = (cases: readonly Case[]): Verdict | undefined => {
  const [first] = cases
  return cases.every(({ verdict }) => verdict === first!.verdict) ? first!.verdict : undefined
}

const caseOf = (inquiry: Inquiry, decision: Decision): Case => {
  const { profile, arch, syscall } = inquiry
  const { by, verdict } = decision
  const rule = by === 'rule' ? decision.rule : undefined
  const conditions = rule?.conditions ?? []
  return {
    verdict,
    by,
    conditions,
    words: conditions.map((condition) => conditionWords(condition, syscall ?? '', arch)),
    rule: ruleAt(profile, rule?.position),
    position: decisionPosition(decision),
    decidedBy: by === 'default' ? defaultWords(inquiry, decision.position) : formatDecision(decision),
  }
}

const defaultWords = (inquiry: Inquiry, position: Position | undefined): string => {
  const why =
    triedRules(inquiry).length > 0
      ? 'no rule for it matches'
      : `no rule that counts here names ${inquiry.syscall ?? 'it'}`
  return `${formatDefault(position)}: ${why}`
}
