import { found } from '../found.ts'
import { didYouMean } from '../suggest.ts'
import type { Cursor, Reader } from './cursor.ts'

/** 2^64 - 1, the largest argument of a system call. */
export const U64_MAX = 0xffff_ffff_ffff_ffffn

/** Longer text is no number of ours: 2^64 has 20 digits, and 64 when written in binary. */
const LONGEST_NUMBER = 80

/** A string. */
export const readText: Reader<string> = (at) =>
  typeof at.value === 'string' ? at.value : at.report(`must be a string, found ${found(at.value)}`)

/** A reader for arrays whose elements `item` reads; elements that aren't right are left out. */
export const listOf =
  <T>(item: Reader<T>): Reader<readonly T[]> =>
  (at) => {
    if (!Array.isArray(at.value)) return at.report(`must be an array, found ${found(at.value)}`)
    const list: T[] = []
    // By index, since the methods of arrays pass over holes.
    for (let index = 0; index < at.value.length; index++) {
      const read = item(at.child(index, index, at.value[index]))
      if (read !== undefined) list.push(read)
    }
    return Object.freeze(list)
  }

/** A reader for one of a few names; `hints` answer names that are known elsewhere but have no place here. */
export const oneOf =
  <T extends string>(what: string, names: readonly T[], hints?: ReadonlyMap<string, string>): Reader<T> =>
  (at) => {
    const { value } = at
    if (typeof value !== 'string') return at.report(`must be ${what}, found ${found(value)}`)
    const known = names.find((name) => name === value)
    if (known !== undefined) return known
    // Enough issues to read: count this one without searching for what was meant.
    if (at.log.full) return at.report('')
    const hint = hints?.get(value)
    const help = hint
      ? `; ${hint}`
      : didYouMean(value, names) || (names.length < 10 ? `; known are ${names.join(', ')}` : '')
    return at.report(`${found(value)} isn't ${what}${help}`)
  }

/**
 * A reader for whole numbers from 0 to `max`, if there is one: a number, a bigint, or text in decimal or `0x` hexadecimal.
 * JavaScript numbers beyond 2^53 are refused: they were rounded before we saw them.
 */
export const unsigned =
  (what: string, max?: bigint): Reader<bigint> =>
  (at) => {
    const value = exactInteger(at, what)
    if (value === undefined) return undefined
    if (value < 0n) {
      const wrapped =
        max === U64_MAX && value >= -(1n << 63n) ? `; as 64 bits it is ${BigInt.asUintN(64, value)}` : ''
      return at.report(`${what} can't be negative, found ${found(value)}${wrapped}`)
    }
    return max !== undefined && value > max
      ? at.report(`${what} is at most ${max}, found ${found(value)}`)
      : value
  }

const exactInteger = (at: Cursor, what: string): bigint | undefined => {
  const { value } = at
  if (typeof value === 'bigint') return value
  if (typeof value === 'string') {
    if (value.length <= LONGEST_NUMBER && /^-?(?:\d+|0[xX][\da-fA-F]+)$/.test(value))
      return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value)
    return at.report(
      `${what} must be a whole number, found ${found(value)}; text may be like "255" or "0xff"`,
    )
  }
  if (typeof value !== 'number') return at.report(`${what} must be a whole number, found ${found(value)}`)
  if (!Number.isInteger(value)) return at.report(`${what} must be a whole number, found ${value}`)
  if (Number.isSafeInteger(value)) return BigInt(value)
  return at.report(
    `${what} ${value} was rounded: JavaScript numbers are exact to 2^53 only; write all its digits in JSON, or give a bigint or "0x…"`,
  )
}
