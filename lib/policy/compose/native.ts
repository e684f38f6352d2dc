import { SeccompError } from '../../errors.ts'
import { parseProfile } from '../../profile/parse.ts'
import type { Profile, Rule } from '../../profile/types.ts'
import {
  type ArchitectureName,
  architectures,
  findArchitecture,
  X32_BIT,
} from '../../syscalls/architectures.ts'
import { nameOf } from '../../syscalls/numbers.ts'
import { resolveProfile } from '../resolve.ts'
import { makeTarget, type Target, type TargetOptions } from '../target.ts'
import { composeWarnings, setWarnings } from './warnings.ts'

/** Profiles whose numbers (`#1000`) are one architecture's. */
const natives = new WeakMap<Profile, ArchitectureName>()

export const nativeOf = (profile: Profile): ArchitectureName | undefined => natives.get(profile)

export const setNative = (profile: Profile, arch: ArchitectureName | undefined): Profile => {
  if (arch !== undefined) natives.set(profile, arch)
  return profile
}

/** The architectures whose calls a profile is about, if it is known for which machine it is. */
export const architecturesOf = (profile: Profile): ArchitectureName[] | undefined => {
  const native = nativeOf(profile)
  if (native === undefined) return undefined
  return [native, ...(profile.architectures ?? []).flatMap((name) => findArchitecture(name)?.name ?? [])]
}

/**
 * The same profile for one target, in the form that the OCI knows: without gates (what is shut is left out), without
 * `archMap`, and with names instead of the numbers that have one there.
 * @throws ProfileError; SeccompError as `makeTarget` and `resolveProfile`
 * @example profileFor(profile, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
 */
export const profileFor = (profile: Profile, target: Target | TargetOptions): Profile => {
  const { archMap: _, ...rest } = parseProfile(profile)
  const found = isTarget(target) ? target : makeTarget(target)
  const { architectures: all, rules } = resolveProfile(profile, found)
  const syscalls = rules.map(
    ({ includes, excludes, names, ...rule }): Rule => ({
      ...rule,
      names: names.map((name) => nameOn(found.arch, name)),
    }),
  )
  const resolved = parseProfile(
    { ...rest, architectures: all.map(({ scmp }) => scmp), syscalls },
    { source: found.arch },
  )
  return setNative(setWarnings(resolved, composeWarnings(profile)), found.arch)
}

const isTarget = (target: Target | TargetOptions): target is Target => typeof target.kernel === 'object'

/**
 * A number is a name's on one architecture, another's or none's elsewhere: rules by number and by name may be about the
 * same call or not.
 * @throws SeccompError ERR_TARGET_INVALID unless all profiles are for one target.
 */
export const checkNumbers = (profiles: readonly Profile[], names: Iterable<string> = []): void => {
  const all = [...profiles.flatMap(({ syscalls }) => syscalls.flatMap((rule) => rule.names)), ...names]
  const numbers = all.filter((name) => name.startsWith('#') && isSomewhereNamed(name))
  const [native, ...others] = new Set(profiles.map(nativeOf))
  if (numbers.length === 0 || (native !== undefined && others.length === 0)) return
  throw new SeccompError(
    'ERR_TARGET_INVALID',
    `${[...new Set(numbers)].join(', ')}: which calls these are depends on the architecture. Name the calls, or ` +
      'resolve every profile for one target first, with profileFor(profile, target)',
  )
}

const numberIn = (name: string): number => Number(name.slice(1))

const isSomewhereNamed = (name: string): boolean => {
  const number = numberIn(name)
  return (
    number >= X32_BIT ||
    architectures.some((arch) => nameOf(arch.name, withBit(arch.name, number)) !== undefined)
  )
}

const withBit = (arch: ArchitectureName, number: number): number =>
  (number | (arch === 'x32' ? X32_BIT : 0)) >>> 0

const nameOn = (arch: ArchitectureName, name: string): string => {
  if (!name.startsWith('#')) return name
  const number = withBit(arch, numberIn(name))
  return nameOf(arch, number) ?? `#${number}`
}
