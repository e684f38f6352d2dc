/**
 * Names of what system calls take as arguments: `AF_VSOCK`, `CLONE_NEWUSER`, `TIOCSTI`. Values are those of the
 * architecture: O_DIRECT, SOCK_DGRAM, TCGETS and many others differ. The tables are text until somebody asks.
 * Source: the kernel's headers (include/uapi and each architecture's).
 */
import { SeccompError } from '../errors.ts'
import { kindOf, requireText } from '../given.ts'
import { type ArchitectureName, architecture } from './architectures.ts'
import { argumentNames, argumentWidth } from './arguments.ts'
import { constantArguments } from './constant-arguments.ts'
import { constants } from './generated/constants.ts'

/** What one argument of a call takes. */
export interface Constants {
  /** `enum`: one name is the whole value. `flags`: names are ORed. `mixed`: the bits of `mask` are an enum, others flags. */
  readonly kind: 'enum' | 'flags' | 'mixed'
  /** The bits that hold an enum: all, none, or for `mixed` some. */
  readonly mask: bigint
  /** Name → value, as wide as the argument and unsigned; of two names for one value the usual one comes first. */
  readonly values: ReadonlyMap<string, bigint>
}

interface Block {
  readonly kind: Constants['kind']
  readonly lines: readonly string[]
}

let blocks: ReadonlyMap<string, Block> | undefined
let places: ReadonlyMap<string, ReadonlyMap<string, string>> | undefined
const cache = new Map<string, Constants>()

const allBlocks = (): ReadonlyMap<string, Block> => {
  blocks ??= new Map(
    constants
      .slice(2)
      .split('\n= ')
      .map((text): [string, Block] => {
        const [head, ...lines] = text.split('\n')
        const [name, kind] = head!.split(' ')
        return [name!, { kind: kind as Constants['kind'], lines }]
      }),
  )
  return blocks
}

/** Call → argument's name → set. */
const allPlaces = (): ReadonlyMap<string, ReadonlyMap<string, string>> => {
  places ??= new Map(
    constantArguments
      .trim()
      .split('\n')
      .map((line) => {
        const [call, ...rest] = line.split(' ')
        return [call!, new Map(rest.map((each) => each.split(':') as [string, string]))]
      }),
  )
  return places
}

/** One line's value for a column: `O_DIRECT 16384 arm,aarch64:65536 sh:-`. */
const valueFor = (cells: readonly string[], column: string): bigint | undefined => {
  const own = cells.slice(1).find((cell) => cell.slice(0, cell.indexOf(':')).split(',').includes(column))
  const text = own ? own.slice(own.indexOf(':') + 1) : cells[0]!
  return text === '-' ? undefined : BigInt(text)
}

const decode = (set: string, column: string, width: 32 | 64): Constants => {
  const { kind, lines } = allBlocks().get(set)!
  const values = new Map<string, bigint>()
  for (const line of lines) {
    const [name, ...cells] = line.split(' ')
    const value = valueFor(cells, column)
    if (value !== undefined) values.set(name!, BigInt.asUintN(width, value))
  }
  const mixed = values.get('*')
  values.delete('*')
  const whole = BigInt.asUintN(width, -1n)
  return { kind, mask: mixed ?? (kind === 'enum' ? whole : 0n), values }
}

/**
 * What the argument number `index` of a call takes on an architecture; undefined where that is a pointer, a size, a
 * descriptor or hangs on other arguments.
 * @param index 0 to 5
 * @example constantsOf('socket', 0, 'x86_64')?.values.get('AF_VSOCK') // 40n
 */
export const constantsOf = (
  syscall: string,
  index: number,
  arch: ArchitectureName,
): Constants | undefined => {
  const name = placeNames(syscall, arch)[index]
  const set = name && allPlaces().get(syscall)?.get(name)
  if (!set) return undefined
  const width = argumentWidth(syscall, index, arch)
  const column = architecture(arch).table
  const key = `${set} ${column} ${width}`
  const known = cache.get(key) ?? decode(set, column, width)
  cache.set(key, known)
  return known.values.size ? known : undefined
}

/** Where the table of names, made for 64 bits, would mislead on a 32-bit architecture. */
const placeNames = (syscall: string, arch: ArchitectureName): readonly string[] => {
  // One pointer to all six arguments: old_mmap, and on s390 either.
  if (syscall === 'mmap' && (arch === 'x86' || arch === 'm68k')) return []
  if (syscall === 'mmap2' && arch === 's390') return []
  // The 31-bit table's clone had s390x's order of arguments (CONFIG_CLONE_BACKWARDS2).
  if (arch === 's390') return argumentNames(syscall, 's390x')
  return argumentNames(syscall, arch)
}

/**
 * An argument as people read it: `AF_VSOCK (40)`, `CLONE_NEWUSER|SIGCHLD (0x10000011)`; without names, a small number
 * in decimal and others in hexadecimal.
 * @param value the register; where the kernel reads 32 bits of it, the name is that of these
 * @example formatArgument('socket', 0, 40n, 'x86_64') // 'AF_VSOCK (40)'
 */
export const formatArgument = (
  syscall: string,
  index: number,
  value: bigint,
  arch: ArchitectureName,
): string => {
  if (typeof value !== 'bigint')
    throw new SeccompError(
      'ERR_USAGE',
      `formatArgument takes a value as bigint, such as 40n, not ${kindOf(value)}`,
    )
  const known = constantsOf(syscall, index, arch)
  const width = argumentWidth(syscall, index, arch)
  const named = known && nameOf(known, BigInt.asUintN(width, value))
  if (!named) return plain(value)
  const signed = BigInt.asIntN(width, value)
  const isSigned = signed < 0n && signed >= -0xfffn && known.kind === 'enum'
  return `${named} (${isSigned ? signed : named.includes('|') ? hex(value) : plain(value)})`
}

const hex = (value: bigint): string => `0x${value.toString(16)}`

const plain = (value: bigint): string => (value < 0x1000n ? `${value}` : hex(value))

/** The names of which a value consists, in the table's order; what has none stays a number. */
const nameOf = ({ values, mask }: Constants, value: bigint): string | undefined => {
  const names = [...values]
  const low = value & mask
  const enumerator = mask === 0n ? undefined : names.find(([, each]) => each === low)
  if (low !== 0n && !enumerator) return names.find(([, each]) => each === value)?.[0]
  const flags = names.filter(([, each]) => each !== 0n && (each & mask) === 0n)
  const found = new Set<string>()
  let rest = value & ~mask
  for (const [name, flag] of flags.sort(([, a], [, b]) => bitsOf(b) - bitsOf(a))) {
    if ((rest & flag) !== flag) continue
    found.add(name)
    rest &= ~flag
  }
  // An enumerator that stands for 0 says nothing beside bits that have no name.
  if (found.size === 0 && (!enumerator || (low === 0n && rest !== 0n))) return undefined
  if (enumerator) found.add(enumerator[0])
  const ordered = names.flatMap(([name]) => (found.has(name) ? [name] : []))
  return [...ordered, ...(rest === 0n ? [] : [hex(rest)])].join('|')
}

/**
 * The flags in a mask, each by its name, the largest first where one has several bits; undefined where a bit has none or
 * belongs to an enum.
 * @example maskNames('clone', 0, 0x10020000n, 'x86_64') // ['CLONE_NEWNS', 'CLONE_NEWUSER']
 */
export const maskNames = (
  syscall: string,
  index: number,
  mask: bigint,
  arch: ArchitectureName,
): readonly string[] | undefined => {
  const known = constantsOf(syscall, index, arch)
  if (!known || (known.mask & mask) !== 0n) return undefined
  const named = nameOf({ ...known, mask: 0n }, mask)?.split('|')
  return named?.every((name) => known.values.has(name)) ? named : undefined
}

const bitsOf = (value: bigint): number => value.toString(2).replaceAll('0', '').length

/**
 * What people write for an argument: `AF_VSOCK`, `CLONE_NEWUSER|CLONE_NEWNS`, `-1`, `0x10`, or a mixture with `|`.
 * Undefined for what is no integer and no name that this argument takes on this architecture.
 * @example parseConstant('AF_VSOCK', 'socket', 0, 'x86_64') // 40n
 */
export const parseConstant = (
  text: string,
  syscall: string,
  index: number,
  arch: ArchitectureName,
): bigint | undefined => {
  requireText('parseConstant takes a text', text)
  const known = constantsOf(syscall, index, arch)?.values
  const parts = text.split('|').map((part) => parseInteger(part.trim()) ?? known?.get(part.trim()))
  if (parts.includes(undefined)) return undefined
  return parts.length === 1 ? parts[0] : parts.reduce((all, part) => all! | part!, 0n)
}

/** `40`, `0x28`, `-1` → its value; undefined for anything else. */
export const parseInteger = (text: string): bigint | undefined => {
  const match = /^(-?)(\d+|0x[\da-f]+)$/i.exec(text)
  if (!match) return undefined
  const value = BigInt(match[2]!)
  return match[1] ? -value : value
}
