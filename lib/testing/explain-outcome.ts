import { formatCondition } from '../inspect/condition.ts'
import { formatDecision } from '../inspect/decision.ts'
import { hex } from '../inspect/words.ts'
import { formatPosition, formatVerdict } from '../policy/format.ts'
import type { Policy, PolicyRule } from '../policy/policy.ts'
import { resolveProfile } from '../policy/resolve.ts'
import { positionOf } from '../profile/positions.ts'
import type { Condition } from '../profile/types.ts'
import { architecture } from '../syscalls/architectures.ts'
import { argumentNames, argumentWidth } from '../syscalls/arguments.ts'
import { formatArgument } from '../syscalls/constants.ts'
import type { Outcome } from './check-calls.ts'
import type { Subject } from './subject.ts'

/** Why a call got its verdict, for people: what failed, which rule decided, and which one they may have had in mind. */
export const explainOutcome = (outcome: Outcome, subject: Subject): string[] => [
  `${formatCall(outcome)} gets ${formatVerdict(outcome.verdict, outcome.arch)}${sameCall(outcome)}`,
  ...(outcome.kernel === undefined ? [] : [outcome.kernel]),
  `decided by ${decidedBy(outcome, subject)}`,
  ...otherRules(outcome, subject),
]

/** `socket(AF_VSOCK (40), 1, 0) on x86_64`; as many arguments as the call has. */
export const formatCall = ({ call, arch, name }: Pick<Outcome, 'call' | 'arch' | 'name'>): string => {
  const count = Math.max(
    argumentNames(name, arch).length,
    call.args.findLastIndex((value) => value !== 0n) + 1,
  )
  const args = call.args.slice(0, count).map((value, index) => formatArgument(name, index, value, arch))
  return `${name}(${args.join(', ')}) on ${arch}`
}

/** Where upper bits make the difference, that the kernel doesn't look at them. */
const sameCall = ({ call, arch, name, some }: Outcome): string => {
  const index = call.args.findIndex((value, i) => value > 0xffffffffn && argumentWidth(name, i, arch) === 32)
  if (!some || index < 0 || architecture(arch).bits === 32) return ''
  const low = hex(call.args[index]! & 0xffffffffn)
  return `; the kernel reads 32 bits of argument ${index}, so to it that is ${low}`
}

const decidedBy = ({ decision }: Outcome, { profile }: Subject): string => {
  if (decision.by === 'rule') return `${formatDecision(decision)}${whenever(decision.rule.conditions)}`
  const place = decision.by === 'default' && profile ? positionOf(profile) : undefined
  return `${formatDecision(decision)}${place?.source ? ` (${place.source})` : ''}`
}

const whenever = (conditions: PolicyRule['conditions']): string =>
  conditions.length ? `, for ${conditions.map(formatCondition).join(' and ')}` : ''

/** Rules that name the call and didn't decide it: their conditions fail, a rule before them did, or a gate is shut. */
const otherRules = (outcome: Outcome, { policies, profile }: Subject): string[] => [
  ...(outcome.decision.by === 'default' ? conditionalRules(outcome, policies) : []),
  ...policies.flatMap(({ target }) =>
    (profile ? resolveProfile(profile, target).gated : [])
      .filter(({ rule }) => rule.names.includes(outcome.name))
      .map(
        ({ rule, reason }) =>
          `${formatPosition(positionOf(rule))} (${rule.action}${wants(rule.args)}) isn't in force: ${reason}`,
      ),
  ),
]

const wants = (args: readonly Condition[]): string => (args.length ? ', with conditions' : '')

/** A list of values may have thousands. */
const MOST = 5

const conditionalRules = ({ call, arch }: Outcome, policies: readonly Policy[]): string[] => {
  const rules = policies
    .flatMap((policy) => policy.architectures.filter((each) => each.arch === arch))
    .flatMap(({ calls }) => calls.filter(({ number }) => number === call.nr))
    .flatMap((each) => each.rules)
  const lines = rules
    .slice(0, MOST)
    .map(
      ({ position, verdict, conditions }) =>
        `${formatPosition(position)} (${formatVerdict(verdict, arch)}) is for ${conditions.map(formatCondition).join(' and ')} only`,
    )
  return rules.length > MOST
    ? [...lines, `and ${rules.length - MOST} more rules, none of which is for these arguments`]
    : lines
}
