import { lowerConditions } from '../../policy/conditions.ts'
import { formatPosition } from '../../policy/format.ts'
import { whyGated } from '../../policy/resolve.ts'
import { exactVerdict } from '../../policy/rules.ts'
import { positionOf } from '../../profile/positions.ts'
import type { Rule } from '../../profile/types.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { triedRules } from './cases.ts'
import { conditionWords } from './condition-words.ts'
import type { Inquiry } from './inquiry.ts'
import { doorOf, namesFor } from './named-rules.ts'
import type { Case, IdleRule } from './types.ts'

/**
 * The rules that name the call and don't decide it, in the profile's order.
 * @param cases what the call gets; without arguments every rule that is tried is among them
 */
export const idleRules = (inquiry: Inquiry, cases: readonly Case[]): readonly IdleRule[] => {
  const used = new Set(cases.flatMap(({ position }) => position?.pointer ?? []))
  return inquiry.profile.syscalls.flatMap((rule): IdleRule[] => {
    const position = positionOf(rule)
    const names = namesFor(rule, inquiry)
    if (names.length === 0 || (position && used.has(position.pointer))) return []
    return [
      {
        rule,
        position,
        verdict: exactVerdict(rule.action, rule.errnoRet),
        ...whyIdle(rule, inquiry, cases),
        // Of a rule for another architecture, where arguments may stand in another order, conditions say nothing here.
        words: isForAnotherHost(rule, inquiry) ? [] : names.flatMap((name) => waysOf(rule, name, inquiry)),
      },
    ]
  })
}

const whyIdle = (rule: Rule, inquiry: Inquiry, cases: readonly Case[]): Pick<IdleRule, 'why' | 'reason'> => {
  const { profile, policy } = inquiry
  const gate = whyGated(rule, policy.target)
  if (gate) return { why: 'gated', reason: gate }
  const isDefault =
    exactVerdict(rule.action, rule.errnoRet) === exactVerdict(profile.defaultAction, profile.defaultErrnoRet)
  if (isDefault) return { why: 'default', reason: 'its action is the default action, so it changes nothing' }
  const [first] = cases
  if (first!.by === 'foreign') return { why: 'shadowed', reason: "the profile doesn't list its architecture" }
  const pointers = triedRules(inquiry).map(({ position }) => position?.pointer)
  const place = pointers.indexOf(positionOf(rule)?.pointer)
  if (place < 0) return { why: 'shadowed', reason: shadow(inquiry) }
  const deciding = pointers.indexOf(first!.position?.pointer)
  return deciding < 0 || place < deciding
    ? { why: 'unmatched', reason: 'its conditions do not hold' }
    : { why: 'later', reason: 'a rule that matches is tried before it' }
}

const shadow = (inquiry: Inquiry): string => {
  const [first] = triedRules(inquiry)
  if (!first) return 'the call has a higher number than any that the profile names'
  return first.conditions.length === 0
    ? `${formatPosition(first.position)} has no conditions and decides every call of it`
    : 'a rule before it has the same conditions, or fewer'
}

const isForAnotherHost = ({ includes, excludes }: Rule, { policy }: Inquiry): boolean => {
  const { docker } = architecture(policy.target.arch)
  return (
    (includes?.arches?.length ? !includes.arches.includes(docker) : false) ||
    (excludes?.arches?.includes(docker) ?? false)
  )
}

/** Every way in which a rule can hold: what each asks, in words. */
const waysOf = (rule: Rule, name: string, { arch, number, policy }: Inquiry): readonly string[][] => {
  const context = { arch: architecture(arch), as: policy.as, syscall: name, position: undefined }
  const through = doorOf(name, arch) === number ? [`it is made for ${name}`] : []
  return lowerConditions(rule.args, 0, context, []).map(({ conditions }) => [
    ...through,
    ...conditions.map((condition) => conditionWords(condition, name, arch)),
  ])
}
