import { SeccompError } from '../../errors.ts'
import { type CompileOptions, compileOptionNames } from '../../filter/compile.ts'
import { compare } from '../../filter/prove/compare.ts'
import type { Undecided } from '../../filter/prove/execute.ts'
import type { Policy } from '../../policy/policy.ts'
import { type GatedRule, resolveProfile } from '../../policy/resolve.ts'
import { makeTarget, type Target } from '../../policy/target.ts'
import { positionOf } from '../../profile/positions.ts'
import type { Position, Rule } from '../../profile/types.ts'
import { refuseUnknown } from '../../profile/unknown-option.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { type Decision, decide } from '../decision.ts'
import { type Disagreement, Gatherer } from './gather.ts'
import { answersOfSide, type Side, type Subject, sideOf } from './side.ts'

/** How to read what is compared, and how far to go. */
export interface DiffOptions extends CompileOptions {
  /** Most cells to compare before the answer is that it is too much; default 4 million. */
  readonly limit?: number
}

/** Calls on which two sides disagree in one way, and why. */
export interface Difference extends Disagreement {
  /** What decides `call` on each side; undefined for a program, which has no rules. */
  readonly decisions: readonly [Decision | undefined, Decision | undefined]
}

/** Calls that couldn't be compared. */
export interface Gap {
  /** Which side can't be followed: 0 the first, 1 the second. */
  readonly side: 0 | 1
  readonly reason: string
  /** Of a stack, which program; and which of its instructions. */
  readonly program: number
  readonly instruction: number
}

/** A rule that only one side has, and that doesn't count on this target. */
export interface GatedChange {
  /** Which side has it: 0 the first, 1 the second. */
  readonly side: 0 | 1
  readonly names: readonly string[]
  readonly position: Position | undefined
  /** Why it doesn't count: `needs CAP_SYS_ADMIN`. */
  readonly reason: string
}

/** What came of comparing two sides. */
export interface Diff {
  /** `undecided`: no difference was found, but not every call could be compared. */
  readonly result: 'same' | 'different' | 'undecided'
  /** Where programs' byte order and error names are taken from. */
  readonly arch: ArchitectureName
  /** What the policies on either side are; undefined for a program. */
  readonly policies: readonly [Policy | undefined, Policy | undefined]
  /** By architecture and number. Every call that isn't here, nor under a gap, gets the same from both. */
  readonly differences: readonly Difference[]
  readonly gaps: readonly Gap[]
  /** Of two profiles: rules that differ but for other targets; compare with other capabilities or another kernel. */
  readonly gated: readonly GatedChange[]
}

/**
 * Every call that two profiles or filters, in any mix, answer differently: exact, over all architecture words, numbers
 * and arguments, each with a witness. Verdicts count as the kernel acts on them.
 *
 * @param one what there was, and `other` what there is now
 * @param options the target that both are for; how to read profiles (`as`). In `seccomp/core` the target must be
 * given, unless a policy or compiled filter brings it along.
 * @throws what `compile` throws for a bad profile; SeccompError ERR_FILTER_INVALID for a program that the kernel
 * refuses, ERR_USAGE past `limit`.
 * @example diff('docker-default', profile, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }).differences
 */
export const diff = (
  one: Subject,
  other: Subject,
  { limit = 4_000_000, ...options }: DiffOptions = {},
  defaults?: Partial<Target>,
): Diff => {
  refuseUnknown(options, compileOptionNames, [...compileOptionNames, 'limit'])
  const sides = [sideOf(one, options, defaults), sideOf(other, options, defaults)] as const
  const policies = [policyOf(sides[0]), policyOf(sides[1])] as const
  const arch = policies.find((policy) => policy)?.target.arch ?? archOf(options, defaults)
  const gaps = new Map<string, Gap>()
  const answers = sides.map((side, index) =>
    answersOfSide(side, arch, ({ message, instruction, program }: Undecided) => {
      const gap: Gap = { side: index as 0 | 1, reason: message, program: program ?? 0, instruction }
      gaps.set(`${index} ${gap.program} ${instruction}`, gap)
    }),
  )
  const gatherer = new Gatherer()
  let cells = 0
  for (const pair of compare(answers[0]!, answers[1]!)) {
    if (++cells > limit)
      throw new SeccompError(
        'ERR_USAGE',
        `more than ${limit} kinds of calls to compare; the filters' paths part and meet too often`,
      )
    gatherer.add(pair)
  }
  const differences = gatherer.disagreements(arch).map((found): Difference => {
    const [first, second] = policies.map((policy) => policy && decide(policy, found.call))
    return { ...found, decisions: [first, second] }
  })
  const result = differences.length ? 'different' : gaps.size ? 'undecided' : 'same'
  return { result, arch, policies, differences, gaps: [...gaps.values()], gated: gatedChanges(sides) }
}

const policyOf = (side: Side): Policy | undefined => (side.kind === 'policy' ? side.policy : undefined)

/** Between two programs nothing but the byte order is asked of the target. */
const archOf = (options: DiffOptions, defaults?: Partial<Target>): ArchitectureName =>
  makeTarget({ kernel: '0.0', capabilities: 'none', ...options }, defaults).arch

const gatedChanges = ([one, other]: readonly [Side, Side]): GatedChange[] => {
  const [before, after] = [gatedRules(one), gatedRules(other)]
  const onlyIn = (rules: typeof before, others: typeof before, side: 0 | 1): GatedChange[] =>
    [...(rules ?? [])].flatMap(([key, { rule, reason }]) =>
      others?.has(key) !== false ? [] : [{ side, names: rule.names, position: positionOf(rule), reason }],
    )
  return [...onlyIn(before, after, 0), ...onlyIn(after, before, 1)]
}

/** Rules whose gates are shut, by all that they say. */
const gatedRules = (side: Side): ReadonlyMap<string, GatedRule> | undefined => {
  if (side.kind !== 'policy' || !side.profile) return undefined
  const { gated } = resolveProfile(side.profile, side.policy.target)
  return new Map(gated.map((each) => [keyOf(each.rule), each]))
}

const keyOf = ({ names, action, errnoRet, args, includes, excludes }: Rule): string =>
  JSON.stringify([[...names].sort(), action, errnoRet, args, includes, excludes], (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  )
