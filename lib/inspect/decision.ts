import type { Call } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import { requireObject } from '../given.ts'
import { architectureOf, callPolicy, decidingRule, isAbove } from '../policy/evaluate.ts'
import { formatPosition } from '../policy/format.ts'
import type { Policy, PolicyCondition, PolicyRule } from '../policy/policy.ts'
import type { Position } from '../profile/types.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'

/** Why a call gets its verdict; `verdict` is what `evaluate` says. */
export type Decision =
  | {
      readonly by: 'rule'
      readonly verdict: Verdict
      readonly arch: ArchitectureName
      readonly rule: PolicyRule
    }
  /** No rule names the call, or none of its conditions hold. */
  | { readonly by: 'default'; readonly verdict: Verdict; readonly position: Position | undefined }
  /** The number is above the newest one the profile names. */
  | {
      readonly by: 'newest'
      readonly verdict: Verdict
      readonly arch: ArchitectureName
      readonly newest: number
    }
  /** The profile doesn't list the call's architecture. */
  | { readonly by: 'foreign'; readonly verdict: Verdict }

/**
 * What part of a policy decides a call.
 * @example decide(filter.policy, parseCall('socket', ['40'], 'x86_64'))
 */
export const decide = (policy: Policy, call: Call): Decision => {
  requireObject('decide takes a policy, such as filter.policy', policy, 'architectures')
  requireObject('decide takes a call, such as parseCall() gives', call, 'args')
  const where = architectureOf(policy, call)
  if (where === 'foreign') return { by: 'foreign', verdict: policy.foreignVerdict }
  if (where === 'none') return byDefault(policy)
  const { arch, above } = where
  const rule = decidingRule(where, call)
  if (rule) return { by: 'rule', verdict: rule.verdict, arch, rule }
  if (above && !callPolicy(where, call.nr) && isAbove(where, call.nr))
    return { by: 'newest', verdict: above.verdict, arch, newest: above.newest }
  return byDefault(policy)
}

/** What no rule decides. */
export const byDefault = ({ defaultVerdict, defaultPosition }: Policy): Decision => ({
  by: 'default',
  verdict: defaultVerdict,
  position: defaultPosition,
})

/** Where the profile says what decides; undefined where nothing in it does, or nobody knows where it stands. */
export const decisionPosition = (decision: Decision): Position | undefined => {
  if (decision.by === 'rule') return decision.rule.position
  return decision.by === 'default' ? decision.position : undefined
}

/** A decision as data that prints as JSON. */
export const decisionAsData = (
  decision: Decision,
): { decidedBy: Decision['by']; position?: Position; conditions?: readonly PolicyCondition[] } => {
  const position = decisionPosition(decision)
  return {
    decidedBy: decision.by,
    ...(position && { position }),
    ...(decision.by === 'rule' && { conditions: decision.rule.conditions }),
  }
}

/** `the default action`, with its place where it has a line: `the default action at profile.json:2:3`. */
export const formatDefault = (position: Position | undefined): string => {
  const { source, line, column } = position ?? {}
  if (line === undefined) return 'the default action'
  return `the default action at ${source ? `${source}:` : 'line '}${line}:${column}`
}

/**
 * A decision as a sentence's end: `profile.json:41:9 /syscalls/3`, `the default action`.
 * @example formatDecision(decide(filter.policy, call)) // 'profile.json:41:9 /syscalls/3'
 */
export const formatDecision = (decision: Decision): string => {
  requireObject('formatDecision takes what decide() gives', decision, 'by')
  switch (decision.by) {
    case 'rule':
      return formatPosition(decision.rule.position)
    case 'default':
      return `${formatDefault(decision.position)}: no rule names this call with these arguments`
    case 'newest':
      return `its number: the profile names no call on ${decision.arch} above ${decision.newest}`
    case 'foreign':
      return "its architecture: the profile doesn't list it"
  }
}
