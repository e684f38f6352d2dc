import { SeccompError } from '../errors.ts'
import { type ArgumentPlace, parseArgument, type WrittenArgument } from '../inspect/call.ts'
import { hex } from '../inspect/words.ts'
import { found } from '../profile/found.ts'

/** A number, a bigint, or text: `40`, `0x28`, `-1`, or names that the argument takes: `AF_VSOCK`, `O_RDWR|O_CREAT`. */
export type TestValue = WrittenArgument

/**
 * One argument of a call under test: a value; any value that has certain bits set and others clear; or, for `null`,
 * `undefined` and what is left out at the end, any at all.
 */
export type TestArgument =
  | TestValue
  | null
  | undefined
  | { readonly set?: TestValue; readonly clear?: TestValue }

/** The bits of an argument that are known, and what they are. */
export interface KnownBits {
  readonly mask: bigint
  readonly bits: bigint
}

const U64 = 0xffffffffffffffffn

/**
 * What an argument says of its 64 bits.
 * @throws SeccompError ERR_USAGE for what is no integer of 64 bits and no name that the argument takes there.
 */
export const knownBits = (argument: TestArgument, place: ArgumentPlace): KnownBits => {
  if (argument === null || argument === undefined) return { mask: 0n, bits: 0n }
  if (typeof argument !== 'object') return { mask: U64, bits: parseArgument(argument, place) }
  for (const key of Object.keys(argument))
    if (key !== 'set' && key !== 'clear')
      throw new SeccompError(
        'ERR_USAGE',
        `an argument is a value, null for any, or { set, clear } for some bits, not ${found(argument)} with ${found(key)}`,
      )
  const set = parseArgument(argument.set ?? 0n, place)
  const clear = parseArgument(argument.clear ?? 0n, place)
  if (set & clear)
    throw new SeccompError(
      'ERR_USAGE',
      `an argument can't have the bits ${hex(set & clear)} both set and clear`,
    )
  return { mask: set | clear, bits: set }
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
