import { SeccompError } from '../errors.ts'
import { hex } from '../inspect/words.ts'
import { found } from '../profile/found.ts'
import type { ArgumentPattern } from './call-pattern.ts'

/** An integer: a number, a bigint, or text such as `40`, `0x28`, `-1`. */
export type TestValue = number | bigint | string

/**
 * One argument of a call under test: a value; `null`, `undefined` or what is left out at the end: any; or any value
 * that has certain bits set and others clear.
 */
export type TestArgument =
  | TestValue
  | null
  | undefined
  | { readonly set?: TestValue; readonly clear?: TestValue }

/**
 * An argument as the checks take it.
 * @throws SeccompError ERR_USAGE for what is no integer.
 */
export const readArgument = (argument: TestArgument): ArgumentPattern => {
  if (argument === null || argument === undefined) return undefined
  if (typeof argument !== 'object') return readValue(argument)
  const odd = Object.keys(argument).find((key) => key !== 'set' && key !== 'clear')
  if (odd !== undefined || Array.isArray(argument))
    throw new SeccompError(
      'ERR_USAGE',
      `an argument that is an object has set and clear, not ${found(odd ?? 'a list')}`,
    )
  return { set: readValue(argument.set ?? 0n), clear: readValue(argument.clear ?? 0n) }
}

/** @throws SeccompError ERR_USAGE */
export const readValue = (value: TestValue): bigint => {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  const [, minus, digits] = /^(-?)(\d+|0x[\da-f]+)$/i.exec(String(value)) ?? []
  if (digits === undefined || typeof value === 'number')
    throw new SeccompError('ERR_USAGE', `argument ${found(value)}: write an integer, such as 40, 0x28 or -1n`)
  return minus ? -BigInt(digits) : BigInt(digits)
}

/** A call as the test wrote it: `socket(AF_VSOCK, …)`. */
export const formatTestCall = (call: string, args: readonly TestArgument[]): string => {
  const last = args.findLastIndex((each) => each !== null && each !== undefined) + 1
  return last === 0
    ? call
    : `${call}(${[...args.slice(0, last).map(format), ...(last < 6 ? ['…'] : [])].join(', ')})`
}

const format = (argument: TestArgument): string => {
  if (argument === null || argument === undefined) return '…'
  if (typeof argument !== 'object') return String(argument)
  const parts = [
    ...(argument.set === undefined ? [] : [`with ${bits(argument.set)}`]),
    ...(argument.clear === undefined ? [] : [`without ${bits(argument.clear)}`]),
  ]
  return parts.join(' ') || '…'
}

const bits = (value: TestValue): string => (typeof value === 'string' ? value : hex(value))
