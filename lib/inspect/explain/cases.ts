import type { Verdict } from '../../bpf/verdict.ts'
import { architectureOf, callPolicy } from '../../policy/evaluate.ts'
import type { Policy, PolicyRule } from '../../policy/policy.ts'
import type { Profile } from '../../profile/types.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { type Decision, decide, formatDecision } from '../decision.ts'
import { conditionWords } from './condition-words.ts'
import { type Asked, ruleAt } from './named-rules.ts'
import type { Case } from './types.ts'

/** What decides the call: with arguments the one answer it gets, without them each that it may get, as they are tried. */
export const casesOf = (
  profile: Profile,
  policy: Policy,
  asked: Asked,
  args: readonly bigint[] | undefined,
): readonly Case[] => {
  const call = {
    arch: architecture(asked.arch).audit,
    nr: asked.number,
    args: args ?? NO_ARGUMENTS,
    instructionPointer: 0n,
  }
  const rules = triedRules(policy, asked)
  const decided = caseOf(profile, asked, decide(policy, call), rules.length > 0)
  if (args || rules.length === 0) return [decided]
  const cases = rules.map((rule) =>
    caseOf(profile, asked, { by: 'rule', verdict: rule.verdict, arch: asked.arch, rule }, true),
  )
  if (rules.some(({ conditions }) => conditions.length === 0)) return cases
  return [...cases, caseOf(profile, asked, { by: 'default', verdict: policy.defaultVerdict }, true)]
}

const NO_ARGUMENTS = [0n, 0n, 0n, 0n, 0n, 0n]

/** The rules that a policy has for the call, in the order they are tried. */
export const triedRules = (policy: Policy, { arch, number }: Asked): readonly PolicyRule[] => {
  const where = architectureOf(policy, { arch: architecture(arch).audit, nr: number })
  return typeof where === 'string' ? [] : (callPolicy(where, number)?.rules ?? [])
}

/** The one verdict that all cases give, or undefined. */
export const onlyVerdict = (cases: readonly Case[]): Verdict | undefined => {
  const [first] = cases
  return cases.every(({ verdict }) => verdict === first!.verdict) ? first!.verdict : undefined
}

const caseOf = (profile: Profile, { arch, syscall }: Asked, decision: Decision, isNamed: boolean): Case => {
  const { by, verdict } = decision
  const rule = by === 'rule' ? decision.rule : undefined
  const conditions = rule?.conditions ?? []
  return {
    verdict,
    by,
    conditions,
    words: conditions.map((condition) => conditionWords(condition, syscall ?? '', arch)),
    rule: ruleAt(profile, rule?.position),
    position: rule?.position,
    decidedBy: by === 'default' ? defaultWords(isNamed, syscall) : formatDecision(decision),
  }
}

const defaultWords = (isNamed: boolean, syscall: string | undefined): string =>
  `the default action: ${isNamed ? 'no rule for it matches' : `no rule that counts here names ${syscall ?? 'it'}`}`
