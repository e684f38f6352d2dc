import { ARCHITECTURE, argumentWord, NUMBER } from '../bpf/data.ts'
import { SeccompError } from '../errors.ts'
import { everyCall, type Region, whereMatching } from '../filter/prove/region.ts'
import { parseCall } from '../inspect/call.ts'
import { found } from '../profile/found.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import { argumentWidth } from '../syscalls/arguments.ts'
import { isKnownSyscall, nameOf, numberOf } from '../syscalls/numbers.ts'

/** Many calls in one: a name, and what is known of its arguments. */
export interface CallPattern {
  /** A system call's name, or its number on the architecture: `#41`. */
  readonly call: string
  /** Those that are left out may be anything. */
  readonly args: readonly ArgumentPattern[]
  /** Absent: every architecture of the profile that has the call. */
  readonly arch?: ArchitectureName
}

/** One argument: this value, any value with these bits set and those clear, or, for undefined, any at all. */
export type ArgumentPattern = bigint | { readonly set: bigint; readonly clear: bigint } | undefined

/** The calls of a pattern on one architecture, as the prover has sets of calls. */
export interface CallSet {
  readonly arch: ArchitectureName
  /** `#1000` where the architecture has no name for it. */
  readonly name: string
  readonly region: Region
}

const U32 = 0xffffffffn
const U64 = 0xffffffffffffffffn

/**
 * The calls of a pattern, one set for each architecture that has such calls.
 *
 * Exactly those that can be made: where the kernel reads 32 bits of an argument, its upper half may be anything (a call
 * with other upper bits is the same call, and a filter that compares 64 bits lets it pass); on a 32-bit architecture
 * there is no upper half.
 * @param listed the architectures of the profile, the native one first
 * @throws SeccompError ERR_UNKNOWN_NAME for a call that none of them has, ERR_USAGE for arguments that it can't have.
 */
export const callSets = (pattern: CallPattern, listed: readonly ArchitectureName[]): CallSet[] => {
  const { call, arch } = pattern
  if (pattern.args.length > 6)
    throw new SeccompError('ERR_USAGE', `a system call has at most 6 arguments, not ${pattern.args.length}`)
  const among = arch ? [arch] : /^#?\d/.test(call) ? listed.slice(0, 1) : listed
  const having = among.filter((each) => numberOf(each, call) !== undefined)
  if (among.length > 1 && having.length === 0 && isKnownSyscall(call))
    throw new SeccompError(
      'ERR_UNKNOWN_NAME',
      `none of the profile's architectures (${listed.join(', ')}) has a call ${call}; name another one as its arch`,
    )
  // Where nothing has the name, parseCall reads it as a number, or says what is wrong with it.
  const sets = (having.length ? having : among.slice(0, 1)).flatMap((each) => callSet(pattern, each) ?? [])
  if (sets.length) return sets
  throw new SeccompError(
    'ERR_USAGE',
    `no call of ${call} has such arguments on ${among.join(', ')}, whose registers have 32 bits`,
  )
}

const callSet = ({ call, args }: CallPattern, arch: ArchitectureName): CallSet | undefined => {
  const { nr, arch: audit } = parseCall(call, [], arch)
  const name = nameOf(arch, nr) ?? `#${nr}`
  let region: Region | undefined = whereMatching(everyCall, ARCHITECTURE, exactly(audit))
  region &&= whereMatching(region, NUMBER, exactly(nr))
  for (let index = 0; index < 6; index++) {
    const { mask, bits } = pattern64(args[index])
    const narrow = argumentWidth(name, index, arch) === 32
    region &&= whereMatching(region, argumentWord(index, 'low'), half(mask, bits, 0n))
    if (hasNoUpperHalf(arch)) {
      if (bits > U32 && !isNegative(args[index])) return undefined
      region &&= whereMatching(region, argumentWord(index, 'high'), exactly(0))
    } else if (!(narrow && saysNoMoreThan32(args[index])))
      region &&= whereMatching(region, argumentWord(index, 'high'), half(mask, bits, 32n))
  }
  return region && { arch, name, region }
}

const exactly = (bits: number): { mask: number; bits: number } => ({ mask: 0xffffffff, bits })

const half = (mask: bigint, bits: bigint, shift: bigint): { mask: number; bits: number } => ({
  mask: Number((mask >> shift) & U32),
  bits: Number((bits >> shift) & U32),
})

/** Which bits of the argument are known, and what they are. */
const pattern64 = (argument: ArgumentPattern): { mask: bigint; bits: bigint } => {
  if (argument === undefined) return { mask: 0n, bits: 0n }
  if (typeof argument === 'bigint') {
    if (argument < -(1n << 63n) || argument > U64)
      throw new SeccompError('ERR_USAGE', `argument ${found(argument)} doesn't fit in 64 bits`)
    return { mask: U64, bits: BigInt.asUintN(64, argument) }
  }
  const [set, clear] = [BigInt.asUintN(64, argument.set), BigInt.asUintN(64, argument.clear)]
  if (set & clear)
    throw new SeccompError(
      'ERR_USAGE',
      `an argument can't have the bits 0x${(set & clear).toString(16)} both set and clear`,
    )
  return { mask: set | clear, bits: set }
}

/** A value that a C program passes as an int or an unsigned int. */
const saysNoMoreThan32 = (argument: ArgumentPattern): boolean =>
  typeof argument === 'bigint'
    ? isNegative(argument) || argument <= U32
    : argument === undefined || BigInt.asUintN(64, argument.set | argument.clear) <= U32

const isNegative = (argument: ArgumentPattern): boolean =>
  typeof argument === 'bigint' && argument < 0n && argument >= -(1n << 31n)

/** The kernel fills the upper halves with zeros. x32 and n32 pass whole 64-bit registers. */
const hasNoUpperHalf = (arch: ArchitectureName): boolean =>
  architecture(arch).bits === 32 && arch !== 'x32' && !arch.endsWith('n32')
