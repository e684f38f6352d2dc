import type { Program } from '../bpf/instruction.ts'
import { SeccompError } from '../errors.ts'
import { type CompileOptions, isFilter, policyFor } from '../filter/compile.ts'
import { stackPolicy } from '../filter/stack.ts'
import { missingPart } from '../kernel/compile.ts'
import type { ProfileSource } from '../load.ts'
import type { Policy } from '../policy/policy.ts'
import { profileOf } from '../process/spawn/profile.ts'
import { found } from '../profile/found.ts'
import { positionOf } from '../profile/positions.ts'
import type { Profile } from '../profile/types.ts'

/** For which machine a profile is asked; what is left open comes from this one. */
export type TestTarget = Pick<CompileOptions, 'arch' | 'kernel' | 'capabilities' | 'as'>

/** What a test is about: a profile on one target, or filters that were compiled already. */
export interface Subject {
  /** For messages: `web.json`, `docker-default`, `the profile`. */
  readonly name: string
  /** One; more for filters that stack. */
  readonly policies: readonly Policy[]
  /** In the order they are installed; of one policy they may be several. */
  readonly programs: readonly Program[]
  readonly profile: Profile | undefined
}

/**
 * Reads what a test is about. A profile is compiled and its filter proved, so that what its policy says is what the
 * filter does; once for each profile and target.
 * @throws what loading and compiling throw; ERR_USAGE for a target beside a filter, which has one.
 */
export const subjectOf = (tested: unknown, target: TestTarget = {}): Subject => {
  const filters = Array.isArray(tested) ? (tested as unknown[]) : [tested]
  if (filters.length > 0 && filters.every(isFilter)) {
    if (Object.keys(target).length > 0)
      throw new SeccompError(
        'ERR_USAGE',
        'a filter is compiled already: a target beside it would say nothing',
      )
    return {
      name: 'the filter',
      policies: filters.map(({ policy }) => policy),
      programs: filters.map(({ instructions }) => instructions),
      profile: undefined,
    }
  }
  if (Array.isArray(tested) || !['string', 'object'].includes(typeof tested))
    throw new SeccompError(
      'ERR_USAGE',
      `expected a profile's name, path or document, or a filter, not ${found(tested)}`,
    )
  return profileSubject(profileOf(tested as ProfileSource), target)
}

/** {@link subjectOf} for a profile that was read. */
export const profileSubject = (profile: Profile, target: TestTarget): Subject => ({
  name: positionOf(profile)?.source ?? 'the profile',
  ...proved(profile, target),
  profile,
})

type Proved = Pick<Subject, 'policies' | 'programs'>

const known = new WeakMap<Profile, Map<string, Proved>>()

const proved = (profile: Profile, target: TestTarget): Proved => {
  const ofProfile = known.get(profile) ?? new Map<string, Proved>()
  known.set(profile, ofProfile)
  const { arch, kernel, capabilities, as } = target
  const key = JSON.stringify([arch, kernel, capabilities, as])
  const one = ofProfile.get(key) ?? prove(policyFor(profile, target, missingPart(target)))
  ofProfile.set(key, one)
  return one
}

/** Throws unless filters with exactly this meaning can be made. */
const prove = (policy: Policy): Proved => ({
  policies: [policy],
  programs: stackPolicy(policy).map(({ instructions }) => instructions),
})
