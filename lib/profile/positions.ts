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

/** Where `part` was read, or undefined for an object this package didn't read. */
export const positionOf = (part: object): Position | undefined => positions.get(part)
