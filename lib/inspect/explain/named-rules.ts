import type { Verdict } from '../../bpf/verdict.ts'
import { nameIn, numberIn } from '../../policy/architecture-policy.ts'
import { lowerConditions } from '../../policy/conditions.ts'
import { formatPosition } from '../../policy/format.ts'
import { multiplexedBy } from '../../policy/multiplex.ts'
import type { Policy, PolicyCondition, PolicyRule } from '../../policy/policy.ts'
import { resolveProfile } from '../../policy/resolve.ts'
import { exactVerdict } from '../../policy/rules.ts'
import { positionOf } from '../../profile/positions.ts'
import type { Position, Profile, Rule } from '../../profile/types.ts'
import { type ArchitectureName, architecture } from '../../syscalls/architectures.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import { conditionWords } from './condition-words.ts'
import type { Case, IdleRule } from './types.ts'

/** A call as a number of one architecture, by name where it has one. */
export interface Asked {
  readonly arch: ArchitectureName
  readonly number: number
  readonly syscall: string | undefined
}

/** Which of a rule's names mean the call: its own, its number, or one that is reached through it (socketcall, ipc). */
const namesFor = ({ names }: Rule, { arch, number }: Asked, native: ArchitectureName): readonly string[] =>
  names
    .map((name) => nameIn(architecture(native), name))
    .filter((name) => {
      const door = multiplexedBy(name)?.door
      return (
        numberIn(architecture(arch), architecture(native), name) === number ||
        (door !== undefined && numberOf(arch, door) === number)
      )
    })

/** Whether a rule is about the call, wherever its gates stand. */
export const isAbout = (rule: Rule, asked: Asked, native: ArchitectureName): boolean =>
  namesFor(rule, asked, native).length > 0

/** The rule that a place in the profile is. */
export const ruleAt = (profile: Profile, position: Position | undefined): Rule | undefined =>
  position && profile.syscalls.find((rule) => positionOf(rule)?.pointer === position.pointer)

/**
 * The rules that name the call and don't decide it, in the profile's order.
 * @param tried the rules that the policy tries, in order
 * @param deciding the one of them that decides; undefined: none, or any, since no arguments were given
 * @param cases what it may get; without arguments every rule that is tried is among them
 */
export const idleRules = (
  profile: Profile,
  policy: Policy,
  asked: Asked,
  tried: readonly PolicyRule[],
  cases: readonly Case[],
  hasArguments: boolean,
): readonly IdleRule[] => {
  const { arch: native } = policy.target
  const { gated } = resolveProfile(profile, policy.target)
  const used = new Set(cases.flatMap(({ position }) => position?.pointer ?? []))
  const places = tried.map(({ position }) => position?.pointer)
  const deciding = tried.findIndex(({ position }) => position && used.has(position.pointer))
  return profile.syscalls.flatMap((rule): IdleRule[] => {
    const position = positionOf(rule)
    const about = namesFor(rule, asked, native)
    if (about.length === 0 || (position && used.has(position.pointer))) return []
    const verdict = exactVerdict(rule.action, rule.errnoRet)
    const idle = (why: IdleRule['why'], reason: string): IdleRule[] => [
      {
        rule,
        position,
        verdict,
        why,
        reason,
        words: about.flatMap((name) => wordsOf(rule, name, asked, policy, verdict)),
      },
    ]
    const gate = gated.find((each) => each.rule === rule)
    if (gate) return idle('gated', gate.reason)
    if (verdict === exactVerdict(profile.defaultAction, profile.defaultErrnoRet))
      return idle('default', 'its action is the default action, so it changes nothing')
    const place = places.indexOf(position?.pointer)
    if (place < 0)
      return idle(
        'shadowed',
        cases[0]!.by === 'foreign' ? "the profile doesn't list its architecture" : shadow(tried),
      )
    if (hasArguments && (deciding < 0 || place < deciding))
      return idle('unmatched', 'its conditions do not hold')
    return idle('later', 'another rule that matches is tried first')
  })
}

const shadow = (tried: readonly PolicyRule[]): string => {
  const [first] = tried
  if (!first) return 'the call has a higher number than any that the profile names'
  return first.conditions.length === 0
    ? `${formatPosition(first.position)} has no conditions and decides every call of it`
    : 'a rule before it has the same conditions, or fewer'
}

const wordsOf = (
  rule: Rule,
  name: string,
  { arch, syscall, number }: Asked,
  { as }: Policy,
  verdict: Verdict,
): readonly (readonly string[])[] => {
  const context = { arch: architecture(arch), as, syscall: name, position: undefined }
  const isDoor = numberOf(arch, name) !== number && name !== syscall && !name.startsWith('#')
  const through = isDoor ? [`it stands for ${name}`] : []
  return lowerConditions(rule.args, verdict, context, []).map(({ conditions }) => [
    ...through,
    ...conditions.map((condition: PolicyCondition) => conditionWords(condition, name, arch)),
  ])
}
