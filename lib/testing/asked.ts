/** What the kernel is asked about: a profile's filters, or others in their place. */
import { endianness } from 'node:os'
import { checkProgram } from '../bpf/check.ts'
import type { ByteOrder } from '../bpf/data.ts'
import { decode } from '../bpf/encode.ts'
import { MAX_INSTRUCTIONS, type Program } from '../bpf/instruction.ts'
import { SeccompError } from '../errors.ts'
import { assemblePolicy, type CompileOptions, type Filter, isFilter, policyFor } from '../filter/compile.ts'
import { stackPolicy } from '../filter/stack.ts'
import { missingPart } from '../kernel/compile.ts'
import { architectureOfCpu } from '../kernel/host.ts'
import { loadProfile, type ProfileSource } from '../load.ts'
import type { Policy } from '../policy/policy.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'

/** For whom a profile is compiled, always on this machine. */
export type AskedOptions = Pick<CompileOptions, 'capabilities' | 'kernel' | 'as'>

/** Filters whose answers are to be compared with what policies mean. */
export interface Asked {
  /** What is expected: the strictest of these. */
  readonly policies: readonly Policy[]
  /** What is asked: the strictest of these, in the order they would be installed. */
  readonly programs: readonly Program[]
}

/** The compiler's own work is asked before anybody proves it, so that the kernel's word doesn't hang on the prover's. */
export const readAsked = async (
  profile: ProfileSource | Filter | readonly Filter[],
  {
    filters,
    ...options
  }: AskedOptions & { readonly filters?: readonly (Uint8Array | Program)[] | undefined },
): Promise<Asked> => {
  const given = compiled(profile, filters !== undefined, options)
  if (given)
    return {
      policies: given.map(({ policy }) => policy),
      programs: given.map(({ instructions }) => instructions),
    }
  const policy = policyFor(await loadProfile(profile as ProfileSource), options, missingPart(options))
  return { policies: [policy], programs: filters ? filters.map(decodeFilter) : programsOf(policy) }
}

const programsOf = (policy: Policy): readonly Program[] => {
  const program = assemblePolicy(policy)
  return program.length <= MAX_INSTRUCTIONS
    ? [program]
    : stackPolicy(policy).map(({ instructions }) => instructions)
}

const decodeFilter = (filter: Uint8Array | Program): Program => {
  const program = filter instanceof Uint8Array ? decode(filter, byteOrder()) : filter
  const refusal = checkProgram(program)
  if (!refusal) return program
  throw new SeccompError(
    'ERR_FILTER_INVALID',
    `the kernel would refuse this filter at instruction ${refusal.index}: ${refusal.reason}`,
  )
}

/** This machine's. */
export const byteOrder = (): ByteOrder => (endianness() === 'LE' ? 'little' : 'big')

/** A profile's filters, proved: the only ones that real calls are made under. */
export const readProved = async (
  profile: ProfileSource | Filter | readonly Filter[],
  options: AskedOptions,
): Promise<readonly Filter[]> => {
  const filters =
    compiled(profile, false, options) ??
    stackPolicy(policyFor(await loadProfile(profile as ProfileSource), options, missingPart(options)))
  nativeArchitecture(filters.map(({ policy }) => policy))
  return filters
}

/** The filters, where filters were given and no profile. */
const compiled = (
  profile: unknown,
  replaced: boolean,
  options: AskedOptions,
): readonly Filter[] | undefined => {
  const given = Array.isArray(profile) ? (profile as readonly unknown[]) : [profile]
  if (given.length === 0 || !given.every(isFilter)) {
    if (!Array.isArray(profile)) return undefined
    throw new SeccompError('ERR_USAGE', 'a list holds filters, at least one')
  }
  if (!replaced && Object.values(options).every((value) => value === undefined)) return given
  throw new SeccompError(
    'ERR_USAGE',
    'a filter is compiled already: options for compiling it, or other filters, would say nothing',
  )
}

/** This machine's: no other's calls can be made here. */
export const nativeArchitecture = (policies: readonly Policy[]): ArchitectureName => {
  const native = architectureOfCpu(process.arch, endianness())
  const other = policies.find(({ target }) => target.arch !== native)
  if (!other) return native
  throw new SeccompError(
    'ERR_TARGET_INVALID',
    `the filter is for ${other.target.arch} and this machine is ${native}, whose kernel can't answer for it`,
  )
}
