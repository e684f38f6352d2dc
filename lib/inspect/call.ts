import type { Call } from '../bpf/data.ts'
import { SeccompError } from '../errors.ts'
import { parseArchitecture } from '../policy/target.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import { argumentNames } from '../syscalls/arguments.ts'
import { constantsOf, parseConstant, parseInteger } from '../syscalls/constants.ts'
import { isKnownSyscall, nameOf, numberOf, syscallNames } from '../syscalls/numbers.ts'

/** A call as people write it → the words a filter sees. */

const MAX_NUMBER = 0xffffffff
const MAX_ARGUMENT = 0xffffffffffffffffn
const MIN_ARGUMENT = -0x8000000000000000n

/** An argument as people write it: a number, or text with one or with names. */
export type WrittenArgument = string | bigint | number

/**
 * The call `name(...args)` on an architecture.
 * @param name a system call of that architecture, or its number: `41`, `0x29`, `#41` (x32's with bit 30)
 * @param args up to six: numbers, decimal or `0x…` as text, or names that the argument takes (`CLONE_NEWUSER|SIGCHLD`); negative ones
 * become 64-bit two's complement. In order, or by the kernel's name of the argument (`cmd=TIOCSTI`); the rest are 0
 * @throws SeccompError ERR_UNKNOWN_NAME for a call that the architecture doesn't have; ERR_USAGE for an argument that
 * is no integer of 64 bits and no such name, one that is given twice, or a seventh; ERR_TARGET_INVALID for an
 * architecture that there isn't.
 * @example parseCall('socket', ['AF_VSOCK', 'SOCK_STREAM', '0'], 'x86_64')
 */
export const parseCall = (name: string, args: readonly WrittenArgument[], arch: ArchitectureName): Call => {
  if (typeof name !== 'string')
    throw new SeccompError('ERR_USAGE', `a call is a text, such as 'mount' or '#165', not ${found(name)}`)
  if (!Array.isArray(args))
    throw new SeccompError('ERR_USAGE', `the arguments of ${name} are a list, not ${found(args)}`)
  const { audit } = architecture(parseArchitecture(arch))
  if (args.length > 6)
    throw new SeccompError('ERR_USAGE', `a system call has at most 6 arguments, not ${args.length}`)
  const nr = parseNumber(name, arch)
  const syscall = nameOf(arch, nr) ?? name
  const values: (bigint | undefined)[] = Array.from({ length: 6 }, () => undefined)
  for (const [place, text] of args.entries()) {
    const { index, value } = placed(text, place, syscall, arch)
    if (values[index] !== undefined)
      throw new SeccompError(
        'ERR_USAGE',
        `argument ${index} of ${syscall} is given twice, the second time as ${found(text)}`,
      )
    values[index] = parseArgument(value, { syscall, index, arch })
  }
  return {
    arch: audit,
    nr,
    args: values.map((value) => value ?? 0n),
    instructionPointer: 0n,
  }
}

/** Which argument a text is about: the one it names, `family=AF_VSOCK`, or the one in whose place it stands. */
const placed = (
  text: WrittenArgument,
  place: number,
  syscall: string,
  arch: ArchitectureName,
): { index: number; value: WrittenArgument } => {
  const named = typeof text === 'string' ? /^([a-z]\w*)=(.*)$/.exec(text) : null
  if (!named) return { index: place, value: text }
  const names = argumentNames(syscall, arch)
  const index = names.indexOf(named[1]!)
  if (index < 0)
    throw new SeccompError(
      'ERR_USAGE',
      `${syscall} has no argument ${found(named[1])} on ${arch}${names.length ? `; it has ${names.join(', ')}` : ''}`,
    )
  return { index, value: named[2]! }
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

/** Where an argument stands: names mean different numbers in different places. */
export interface ArgumentPlace {
  readonly syscall: string
  readonly index: number
  readonly arch: ArchitectureName
}

/**
 * One argument as people write it, as 64 bits.
 * @throws SeccompError ERR_USAGE for what is no integer of 64 bits and no name that the argument takes.
 */
export const parseArgument = (text: WrittenArgument, place: ArgumentPlace): bigint => {
  const value = readValue(text, place)
  if (value === undefined)
    throw new SeccompError('ERR_USAGE', `argument ${found(text)}: ${whatToWrite(place, String(text))}`)
  if (value < MIN_ARGUMENT || value > MAX_ARGUMENT)
    throw new SeccompError('ERR_USAGE', `argument ${found(text)} doesn't fit in 64 bits`)
  return BigInt.asUintN(64, value)
}

const readValue = (text: WrittenArgument, { syscall, index, arch }: ArgumentPlace): bigint | undefined => {
  if (typeof text === 'bigint') return text
  if (typeof text === 'number') {
    if (Number.isSafeInteger(text)) return BigInt(text)
    throw new SeccompError('ERR_USAGE', `argument ${text}: write an integer; above 2^53, as a bigint`)
  }
  return typeof text === 'string' ? parseConstant(text, syscall, index, arch) : undefined
}

const whatToWrite = ({ syscall, index, arch }: ArgumentPlace, text: string): string => {
  const other = argumentNames(syscall, arch).find(
    (_, each) => each !== index && parseConstant(text, syscall, each, arch) !== undefined,
  )
  if (other) return `it is a value of another argument; write ${other}=${text}`
  const names = [...(constantsOf(syscall, index, arch)?.values.keys() ?? [])]
  if (names.length === 0) return 'write an integer, such as 40, 0x28 or -1'
  return `write an integer, or a name such as ${names[0]} that ${syscall} takes there on ${arch}${didYouMean(text, names)}`
}
