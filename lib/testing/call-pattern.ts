import { ARCHITECTURE, argumentWord, NUMBER } from '../bpf/data.ts'
import { SeccompError } from '../errors.ts'
import { everyCall, type Region, whereMatching } from '../filter/prove/region.ts'
import type { Pattern } from '../filter/prove/word-set.ts'
import { parseCall } from '../inspect/call.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import { argumentWidth } from '../syscalls/arguments.ts'
import { isKnownSyscall, nameOf, numberOf } from '../syscalls/numbers.ts'
import { type KnownBits, knownBits, type TestArgument } from './test-argument.ts'

/** Many calls in one: a name, and what is known of its arguments. */
export interface CallPattern {
  /** A system call's name, or its number on the architecture: `#41`. */
  readonly call: string
  /** Those that are left out may be anything. */
  readonly args: readonly TestArgument[]
  /** Absent: every architecture of the profile that has the call. */
  readonly arch?: ArchitectureName
}

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
  const sets = (having.length ? having : among.slice(0, 1)).flatMap(
    (each) => callSetOrWhyNot(pattern, each, among) ?? [],
  )
  if (sets.length) return sets
  throw new SeccompError(
    'ERR_USAGE',
    `no call of ${call} has such arguments on ${among.join(', ')}, whose registers have 32 bits`,
  )
}

/** Where one architecture of several is the reason, the error names it. */
const callSetOrWhyNot = (
  pattern: CallPattern,
  arch: ArchitectureName,
  among: readonly ArchitectureName[],
): CallSet | undefined => {
  try {
    return callSet(pattern, arch)
  } catch (error) {
    if (!(error instanceof SeccompError) || among.length < 2 || arch === among[0]) throw error
    const message = `on ${arch}, which the profile lists too: ${error.message}; or name the arch that is meant`
    throw new SeccompError(error.code, message, { cause: error })
  }
}

const callSet = ({ call, args }: CallPattern, arch: ArchitectureName): CallSet | undefined => {
  const { nr, arch: audit } = parseCall(call, [], arch)
  const name = nameOf(arch, nr) ?? `#${nr}`
  let region: Region | undefined = whereMatching(everyCall, ARCHITECTURE, exactly(audit))
  region &&= whereMatching(region, NUMBER, exactly(nr))
  for (let index = 0; index < 6; index++) {
    const known = knownBits(args[index], { syscall: name, index, arch })
    const upper = upperHalf(known, { narrow: argumentWidth(name, index, arch) === 32, arch })
    if (!upper) return undefined
    region &&= whereMatching(region, argumentWord(index, 'low'), half(known, 0n))
    region &&= whereMatching(region, argumentWord(index, 'high'), upper)
  }
  return region && { arch, name, region }
}

const exactly = (bits: number): Pattern => ({ mask: 0xffffffff, bits })

const half = ({ mask, bits }: KnownBits, shift: bigint): Pattern => ({
  mask: Number((mask >> shift) & U32),
  bits: Number((bits >> shift) & U32),
})

/** What the upper half must be; undefined where the register has none that could be so. */
const upperHalf = (
  known: KnownBits,
  { narrow, arch }: { readonly narrow: boolean; readonly arch: ArchitectureName },
): Pattern | undefined => {
  const { mask, bits } = known
  const signed = BigInt.asIntN(64, bits)
  // An int or an unsigned int of C: nothing in the upper half, or copies of the sign.
  const isInt = signed >= -0x80000000n && signed <= U32
  if (hasNoUpperHalf(arch)) return isInt ? exactly(0) : undefined
  const saysNothing = isInt && (mask === U64 || mask <= U32)
  return narrow && saysNothing ? { mask: 0, bits: 0 } : half(known, 32n)
}

/** The kernel fills the upper halves with zeros. x32 and n32 pass whole 64-bit registers. */
const hasNoUpperHalf = (arch: ArchitectureName): boolean =>
  architecture(arch).bits === 32 && arch !== 'x32' && !arch.endsWith('n32')
