import type { Call } from '../bpf/data.ts'
import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import { isKnownSyscall, numberOf, syscallNames } from '../syscalls/numbers.ts'

/** A call as people write it → the words a filter sees. */

const MAX_NUMBER = 0xffffffff
const MAX_ARGUMENT = 0xffffffffffffffffn
const MIN_ARGUMENT = -0x8000000000000000n

/**
 * The call `name(...args)` on an architecture.
 * @param name a system call of that architecture, or its number: `41`, `0x29`, `#41` (x32's with bit 30)
 * @param args up to six, decimal or `0x…`; negative ones become 64-bit two's complement; the rest are 0
 * @throws SeccompError ERR_UNKNOWN_NAME for a call that the architecture doesn't have; ERR_USAGE for an argument that
 * is no integer of 64 bits, or a seventh one.
 * @example parseCall('socket', ['40', '1', '0'], 'x86_64')
 */
export const parseCall = (name: string, args: readonly (string | bigint)[], arch: ArchitectureName): Call => {
  if (args.length > 6)
    throw new SeccompError('ERR_USAGE', `a system call has at most 6 arguments, not ${args.length}`)
  return {
    arch: architecture(arch).audit,
    nr: parseNumber(name, arch),
    args: Array.from({ length: 6 }, (_, index) => parseArgument(args[index] ?? 0n)),
    instructionPointer: 0n,
  }
}

const parseNumber = (name: string, arch: ArchitectureName): number => {
  const known = numberOf(arch, name)
  if (known !== undefined) return known
  const number = parseInteger(name.replace(/^#/, ''))
  if (number === undefined) throw new SeccompError('ERR_UNKNOWN_NAME', unknown(name, arch))
  if (number < 0n || number > MAX_NUMBER)
    throw new SeccompError('ERR_USAGE', `call number ${name}: it must be from 0 to 0xffffffff`)
  return Number(number)
}

const unknown = (name: string, arch: ArchitectureName): string => {
  const near = didYouMean(name, syscallNames(arch).keys())
  return isKnownSyscall(name)
    ? `${arch} has no system call ${name}, other architectures do${near}`
    : `no system call is named ${found(name)}${near || '; write its name or its number'}`
}

const parseArgument = (text: string | bigint): bigint => {
  const value = typeof text === 'bigint' ? text : parseInteger(text)
  if (value === undefined)
    throw new SeccompError('ERR_USAGE', `argument ${found(text)}: write an integer, such as 40, 0x28 or -1`)
  if (value < MIN_ARGUMENT || value > MAX_ARGUMENT)
    throw new SeccompError('ERR_USAGE', `argument ${found(text)} doesn't fit in 64 bits`)
  return BigInt.asUintN(64, value)
}

const parseInteger = (text: string): bigint | undefined => {
  const match = /^(-?)(\d+|0x[\da-f]+)$/i.exec(text)
  if (!match) return undefined
  const value = BigInt(match[2]!)
  return match[1] ? -value : value
}
