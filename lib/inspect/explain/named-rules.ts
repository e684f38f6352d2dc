import { nameIn, numberIn } from '../../policy/architecture-policy.ts'
import { multiplexedBy } from '../../policy/multiplex.ts'
import { positionOf } from '../../profile/positions.ts'
import type { Position, Profile, Rule } from '../../profile/types.ts'
import { type ArchitectureName, architecture } from '../../syscalls/architectures.ts'
import { numberOf } from '../../syscalls/numbers.ts'

/** A call as a number of one architecture, by name where it has one. */
export interface Asked {
  readonly arch: ArchitectureName
  readonly number: number
  readonly syscall: string | undefined
}

/**
 * Which of a rule's names mean the call, wherever the rule's gates stand: its own, its number, or one that is reached
 * through it (socketcall, ipc).
 * @param native the target's architecture, whose numbers the profile writes as `#1000`
 */
export const namesFor = (
  { names }: Rule,
  { arch, number }: Asked,
  native: ArchitectureName,
): readonly string[] =>
  names
    .map((name) => nameIn(architecture(native), name))
    .filter((name) => {
      const own = numberIn(architecture(arch), architecture(native), name)
      return own === number || doorOf(name, arch) === number
    })

/** The number of the call through which another is reached on an architecture, if any. */
export const doorOf = (name: string, arch: ArchitectureName): number | undefined => {
  const door = multiplexedBy(name)?.door
  return door && numberOf(arch, door)
}

/** The rule that a place in the profile is. */
export const ruleAt = (profile: Profile, position: Position | undefined): Rule | undefined =>
  position && profile.syscalls.find((rule) => positionOf(rule)?.pointer === position.pointer)
