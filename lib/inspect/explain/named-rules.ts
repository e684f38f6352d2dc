import { nameIn, numberIn } from '../../policy/architecture-policy.ts'
import { multiplexedBy } from '../../policy/multiplex.ts'
import { positionOf } from '../../profile/positions.ts'
import type { Position, Profile, Rule } from '../../profile/types.ts'
import { type ArchitectureName, architecture } from '../../syscalls/architectures.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import type { Inquiry } from './inquiry.ts'

/**
 * Which of a rule's names mean the call, wherever the rule's gates stand: its own, its number, or one that is reached
 * through it (socketcall, ipc).
 */
export const namesFor = ({ names }: Rule, { policy, arch, number }: Inquiry): readonly string[] => {
  const native = architecture(policy.target.arch)
  return names
    .map((name) => nameIn(native, name))
    .filter((name) => numberIn(architecture(arch), native, name) === number || doorOf(name, arch) === number)
}

/** The number of the call through which another is reached on an architecture, if any. */
export const doorOf = (name: string, arch: ArchitectureName): number | undefined => {
  const door = multiplexedBy(name)?.door
  return door && numberOf(arch, door)
}

/** The rule that a place in the profile is. */
export const ruleAt = (profile: Profile, position: Position | undefined): Rule | undefined =>
  position && profile.syscalls.find((rule) => positionOf(rule)?.pointer === position.pointer)
