import type { Condition } from '../../profile/types.ts'

/**
 * What one argument may be: a range of 64-bit numbers, of which those with `(x & mask) === bits` belong. Never empty.
 * The mask lies in the low half, so that a 32-bit architecture, which reads the low half of every operand, reads the
 * same set cut to 32 bits.
 */
export interface Values {
  readonly low: bigint
  readonly high: bigint
  readonly mask: bigint
  readonly bits: bigint
}

export const U64: bigint = 2n ** 64n - 1n
export const U32: bigint = 2n ** 32n - 1n
const HIGH_HALF = U64 ^ U32

export const everyValue: Values = { low: 0n, high: U64, mask: 0n, bits: 0n }

/** Numbers from `low` to `high` that match the mask; undefined when there are none. */
export const valuesOf = (low: bigint, high: bigint, mask = 0n, bits = 0n): Values | undefined => {
  if (low > high) return undefined
  const first = mask === 0n ? low : nextMatching(low, mask, bits)
  return first === undefined || first > high ? undefined : { low, high, mask, bits }
}

/** The values of both. */
export const meet = (a: Values, b: Values): Values | undefined => {
  if (a === everyValue || a === b) return b
  if (b === everyValue) return a
  if ((a.bits ^ b.bits) & a.mask & b.mask) return undefined
  const low = a.low > b.low ? a.low : b.low
  const high = a.high < b.high ? a.high : b.high
  return valuesOf(low, high, a.mask | b.mask, a.bits | b.bits)
}

/** Whether every value of `inner` is one of `outer`. */
export const contains = (outer: Values, inner: Values): boolean => {
  const { low, high } = tighten(inner)
  if (low < outer.low || high > outer.high) return false
  // What the mask of `outer` asks must be fixed in `inner`, by its mask or because all its values share the bits.
  const shared = U64 ^ (2n ** bitLength(low ^ high) - 1n)
  const known = inner.mask | shared
  return (outer.mask & ~known) === 0n && ((low ^ outer.bits) & outer.mask) === 0n
}

/** The same values between the least and the greatest of them. */
export const tighten = ({ low, high, mask, bits }: Values): Values => ({
  low: nextMatching(low, mask, bits)!,
  high: U64 ^ nextMatching(U64 ^ high, mask, mask ^ bits)!,
  mask,
  bits,
})

/** Whether the mask leaves nothing out of the range. */
export const isRange = (values: Values): boolean => {
  const { low, high } = tighten(values)
  return (values.mask & (2n ** bitLength(low ^ high) - 1n)) === 0n
}

/**
 * Whether the condition means the same whatever the width it is compared on: 64 bits, or 32 because the architecture
 * or the argument has no more. Then the narrow meaning is the wide one cut to 32 bits. A large operand is cut as well
 * (libseccomp db.c), and may come to match anything.
 */
export const isWidthFree = ({ op, value, valueTwo }: Condition): boolean => {
  if (op !== 'SCMP_CMP_MASKED_EQ') return value <= U32
  const high = value & HIGH_HALF
  // A mask without a low half would be cut to nothing, and its condition be dropped.
  return (value & U32) !== 0n && (value & valueTwo) <= U32 && (high === 0n || high === HIGH_HALF)
}

/** Where a width-free condition holds and where it fails: together everything, apart from each other. */
export const sidesOf = ({
  op,
  value,
  valueTwo,
}: Pick<Condition, 'op' | 'value' | 'valueTwo'>): { holds: Values[]; fails: Values[] } => {
  const below = valuesOf(0n, value - 1n)
  const above = valuesOf(value + 1n, U64)
  const at = valuesOf(value, value)
  const list = (...parts: (Values | undefined)[]): Values[] => parts.filter((part) => part !== undefined)
  switch (op) {
    case 'SCMP_CMP_EQ':
      return { holds: list(at), fails: list(below, above) }
    case 'SCMP_CMP_NE':
      return { holds: list(below, above), fails: list(at) }
    case 'SCMP_CMP_LT':
      return { holds: list(below), fails: list(valuesOf(value, U64)) }
    case 'SCMP_CMP_GE':
      return { holds: list(valuesOf(value, U64)), fails: list(below) }
    case 'SCMP_CMP_LE':
      return { holds: list(valuesOf(0n, value)), fails: list(above) }
    case 'SCMP_CMP_GT':
      return { holds: list(above), fails: list(valuesOf(0n, value)) }
    case 'SCMP_CMP_MASKED_EQ':
      return maskSides(value, value & valueTwo)
  }
}

/** A mask with all of the high half asks for a number of 32 bits; the ones that follow make it a range. */
const maskSides = (wide: bigint, bits: bigint): { holds: Values[]; fails: Values[] } => {
  let free = wide > U32 ? U32 : U64
  if (free === U32) for (let bit = 2n ** 31n; bit > 0n && wide & bit; bit >>= 1n) free ^= bit
  const mask = wide & free & U32
  const low = bits & ~free
  const high = low | free
  const fails = [valuesOf(0n, low - 1n), valuesOf(high + 1n, U64)].filter((part) => part !== undefined)
  let agreed = 0n
  for (let bit = 1n; bit <= mask; bit <<= 1n) {
    if ((mask & bit) === 0n) continue
    fails.push({ low, high, mask: agreed | bit, bits: (bits & agreed) | (~bits & bit) })
    agreed |= bit
  }
  return { holds: [{ low, high, mask, bits: bits & mask }], fails }
}

/** The least number from `from` on with `(x & mask) === bits`, or undefined beyond 64 bits. */
const nextMatching = (from: bigint, mask: bigint, bits: bigint): bigint | undefined => {
  const guess = (from & ~mask) | bits
  if (guess === from) return from
  const top = bitLength(guess ^ from) - 1n
  const below = (bit: bigint): bigint => 2n ** bit - 1n
  if (guess > from) return (guess & ~below(top)) | (bits & below(top))
  // The mask wants a 0 where `from` has a 1: carry into the next free bit above.
  for (let bit = top + 1n; bit < 64n; bit++) {
    const flag = 1n << bit
    if ((mask & flag) === 0n && (from & flag) === 0n) return (from & ~below(bit)) | flag | (bits & below(bit))
  }
  return undefined
}

const bitLength = (value: bigint): bigint => (value === 0n ? 0n : BigInt(value.toString(2).length))
