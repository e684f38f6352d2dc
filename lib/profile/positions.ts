import type { Position } from './types.ts'

/**
 * Where each profile, rule and condition was read. Kept beside the objects, not in them, so that a profile stays a
 * plain document that can be printed, spread and compared.
 */
const positions = new WeakMap<object, Position>()

/** Remember where `part` stands; returns `part`. */
export const setPosition = <T extends object>(part: T, position: Position): T => {
  positions.set(part, position)
  return part
}

/** A text has no identity: the place of a profile's default action is kept beside the profile. */
const defaultActions = new WeakMap<object, Position>()

/** Remember where a profile's default action stands; returns the profile. */
export const setDefaultPosition = <T extends object>(profile: T, position: Position): T => {
  defaultActions.set(profile, position)
  return profile
}

/** Where a profile's default action was read, or undefined as with {@link positionOf}. */
export const defaultPositionOf = (profile: object): Position | undefined => defaultActions.get(profile)

/**
 * Where `part` was read, or undefined for an object this package didn't read.
 * @example positionOf(parseProfileText(text).syscalls[0]) // { pointer: '/syscalls/0', line: 4, column: 5 }
 */
export const positionOf = (part: object): Position | undefined => positions.get(part)
