/** Which calls the kernel is asked about. */
import type { ByteOrder } from '../bpf/data.ts'
import type { Program } from '../bpf/instruction.ts'
import { callPolicy } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'
import { type ArchitectureName, architecture, X32_BIT } from '../syscalls/architectures.ts'
import { nameOf, syscallNames } from '../syscalls/numbers.ts'
import { entries, QUESTION_WORDS } from './ask.ts'
import { commonVectors, type Vector, vectorsOf } from './boundaries.ts'

/** How many numbers above the newest call there is. */
const BEYOND = 64

/** Vectors that a number is asked with beside the edges of its own rules; by `int 0x80` a call may take 100 times as long. */
const MOST_COMMON = { native: 192, int80: 24 }

/** One number of one architecture, with all the arguments to ask it with. */
export interface Topic {
  readonly nr: number
  readonly vectors: readonly Vector[]
}

/** One architecture of this kernel. */
export interface Topics {
  readonly arch: ArchitectureName
  readonly audit: number
  readonly entry: number
  readonly topics: readonly Topic[]
  /** What can't be asked, and why. */
  readonly exempt: readonly Exempt[]
}

/** A number that no filter decides. */
export interface Exempt {
  readonly nr: number
  readonly name: string | undefined
  readonly reason: string
}

/**
 * Numbers that the kernel lets past every filter, from Linux 6.14 and 6.18 on; both end or refuse a caller that isn't a
 * probe's trampoline (kernel/seccomp.c, seccomp_uprobe_exception; arch/x86/kernel/uprobes.c).
 */
const pastFilters: Partial<Record<ArchitectureName, readonly number[]>> = { x86_64: [335, 336] }

/** The architectures that a kernel of `native` may run for a 64-bit process. arm on arm64 takes a 32-bit one. */
export const architecturesBehind = (native: ArchitectureName): readonly ArchitectureName[] =>
  native === 'x86_64' ? ['x86_64', 'x32', 'x86'] : [native]

/**
 * Every number from 0 to 64 above the newest, and where halves and signs end; each with the arguments at the edges of
 * what is compared.
 */
export const topicsOf = (
  arch: ArchitectureName,
  policies: readonly Policy[],
  programs: readonly Program[],
  order: ByteOrder,
): Topics => {
  const { audit } = architecture(arch)
  const narrow = arch === 'x86'
  const [zeros, ones, ...others] = distinct(commonVectors(policies, programs, order), narrow)
  const common = [zeros!, ones!, ...sample(others, narrow ? MOST_COMMON.int80 : MOST_COMMON.native)]
  const listed = policies.flatMap(({ architectures }) => architectures.filter((each) => each.arch === arch))
  const spared = pastFilters[arch] ?? []
  const topics = numbersOf(
    arch,
    listed.flatMap(({ calls }) => calls.map(({ number }) => number)),
  )
    .filter((nr) => !spared.includes(nr))
    .map((nr) => {
      const own = listed.flatMap((where) => {
        const call = callPolicy(where, nr)
        return call ? vectorsOf(call) : []
      })
      return { nr, vectors: own.length ? distinct([...common, ...own], narrow) : common }
    })
  return {
    arch,
    audit,
    entry: narrow ? entries.int80 : entries.native,
    topics,
    exempt: spared.map((nr) => ({
      nr,
      name: nameOf(arch, nr),
      reason: 'the kernel lets it past every filter (kernel/seccomp.c, seccomp_uprobe_exception)',
    })),
  }
}

const numbersOf = (arch: ArchitectureName, named: readonly number[]): readonly number[] => {
  const bit = arch === 'x32' ? X32_BIT : 0
  const newest = [...syscallNames(arch).values(), ...named].reduce((most, nr) =>
    // A profile may name any number; only what looks like a call's makes the range longer.
    (nr ^ bit) < 4096 && nr > most ? nr : most,
  )
  const numbers = Array.from({ length: (newest ^ bit) + BEYOND + 1 }, (_, nr) => nr | bit)
  const edges = edgesOf(arch)
  return [...new Set([...numbers, ...named, ...edges])].map((nr) => nr >>> 0)
}

/** No kernel has calls there. On x86_64 bit 30 makes a number x32's. */
const edgesOf = (arch: ArchitectureName): readonly number[] => {
  if (arch === 'x32') return [0x7fffffff, 0xc0000000, 0xffffffff]
  if (arch === 'x86_64') return [0x3fffffff, 0x80000000, 0xbfffffff]
  return [0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xffffffff]
}

/** At most `most` of a list, evenly spread. */
const sample = <T>(list: readonly T[], most: number): readonly T[] =>
  list.length <= most
    ? list
    : Array.from({ length: most }, (_, place) => list[Math.floor((place * list.length) / most)]!)

/** Each vector once; the upper halves of i386's don't exist. */
const distinct = (vectors: readonly Vector[], narrow: boolean): readonly Vector[] => {
  const known = new Map<string, Vector>()
  for (const vector of vectors) {
    const args = narrow ? vector.map((value) => value & 0xffffffffn) : vector
    known.set(args.join(), args)
  }
  return [...known.values()]
}

/** Topics in the order they are asked, as the native program reads them. */
export const encodeQuestions = (entry: number, topics: readonly Topic[]): Uint32Array => {
  const words = new Uint32Array(countQuestions(topics) * QUESTION_WORDS)
  const encoded = new Map<Vector, Uint32Array>()
  let at = 0
  for (const { nr, vectors } of topics)
    for (const vector of vectors) {
      const args = encoded.get(vector) ?? encodeArguments(vector)
      encoded.set(vector, args)
      words[at] = entry
      words[at + 1] = nr
      words.set(args, at + 2)
      at += QUESTION_WORDS
    }
  return words
}

const encodeArguments = (vector: Vector): Uint32Array =>
  Uint32Array.from(vector.flatMap((value) => [Number(value & 0xffffffffn), Number(value >> 32n)]))

/** How many calls that makes. */
export const countQuestions = (topics: readonly Topic[]): number =>
  topics.reduce((count, { vectors }) => count + vectors.length, 0)
