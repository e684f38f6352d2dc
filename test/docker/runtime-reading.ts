import type { Call } from '../../lib/bpf/data.ts'
import type { Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { ALLOW, type Verdict, verdict } from '../../lib/bpf/verdict.ts'
import { type Proof, prove } from '../../lib/filter/prove/prove.ts'
import { readFilters } from '../../lib/kernel/dump.ts'
import type { ArchitecturePolicy, Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import type { Target } from '../../lib/policy/target.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { type ArchitectureName, architecture } from '../../lib/syscalls/architectures.ts'
import { allSyscallNames, numberOf } from '../../lib/syscalls/numbers.ts'
import type { Runtime } from './runtime.ts'
import { neededToStart, startable, withNames } from './runtime-profiles.ts'

/** In what a runtime of this version departs from `as: 'runc'`, found out by asking it. */
export interface Reading {
  /** `x86_64 mseal`: the names that its libseccomp lacks. It leaves them out of a profile without a word. */
  readonly unknown: readonly string[]
  /** Before Docker 23 the engine loses `defaultErrnoRet` (moby #42604), and the default's errno is EPERM. */
  readonly losesDefaultErrno: boolean
  /** Before runc 1.1.15 a profile that lists no architecture gets no ENOSYS for new calls (runc #4219). */
  readonly needsArchitectures: boolean
}

/** What a profile means to a runtime that reads it so. */
export const policyFor = (profile: Profile, target: Target, reading: Reading): Policy => {
  const { defaultErrnoRet: _, ...without } = profile
  const read = reading.losesDefaultErrno ? without : profile
  const whole = resolvePolicy(read, target, 'runc')
  const architectures = whole.architectures.map(({ arch }): ArchitecturePolicy => {
    const known = withNames(read, (name) => !reading.unknown.includes(`${arch} ${name}`))
    const found = resolvePolicy(known, target, 'runc').architectures.find((each) => each.arch === arch)!
    return reading.needsArchitectures && listsNone(profile) ? { ...found, above: undefined } : found
  })
  return { ...whole, architectures }
}

const listsNone = ({ architectures = [], archMap = [] }: Profile): boolean =>
  architectures.length + archMap.length === 0

const families: Partial<Record<ArchitectureName, readonly ArchitectureName[]>> = {
  x86_64: ['x86_64', 'x86', 'x32'],
  aarch64: ['aarch64', 'arm'],
}

/** No call's own errno. */
const UNNAMED = 4000
/** Of the calls' errnos, above those that something else may answer. */
const FIRST = 1000
const NEWER_THAN_ANY = 2000

/**
 * Asks a runtime by two profiles: one names every call there is, each with an errno of its own; the other has a default
 * with an errno, and lists no architecture.
 * @returns besides, whether every name that it knows has our number on every architecture: the first filter, compared
 */
export const readingOf = async (
  runtime: Runtime,
  target: Target,
): Promise<{ reading: Reading; proof: Proof }> => {
  const names = allSyscallNames()
  const every: Profile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: UNNAMED,
    architectures: (families[target.arch] ?? [target.arch]).map((arch) => architecture(arch).scmp),
    syscalls: names.map((name, index) =>
      neededToStart.includes(name)
        ? { names: [name], action: 'SCMP_ACT_ALLOW', args: [] }
        : { names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: FIRST + index, args: [] },
    ),
  }
  const bare = startable({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: UNNAMED, syscalls: [] })
  const [everyFilter, bareFilter] = await Promise.all(
    [every, bare].map((profile) => installedBy(runtime, profile)),
  )
  const given = (program: Program, arch: ArchitectureName, nr: number): Verdict => {
    const { audit, endian } = architecture(arch)
    const call: Call = { arch: audit, nr, args: [0n, 0n, 0n, 0n, 0n, 0n], instructionPointer: 0n }
    return run(program, call, endian).verdict
  }
  const unknown = resolvePolicy(every, target, 'runc').architectures.flatMap(({ arch }) =>
    names.flatMap((name, index) => {
      const nr = numberOf(arch, name)
      const wanted = neededToStart.includes(name) ? ALLOW : verdict('ERRNO', FIRST + index)
      return nr === undefined || given(everyFilter!, arch, nr) === wanted ? [] : [`${arch} ${name}`]
    }),
  )
  const fallback = given(bareFilter!, target.arch, numberOf(target.arch, 'acct')!)
  const reading = {
    unknown,
    losesDefaultErrno: fallback !== verdict('ERRNO', UNNAMED),
    needsArchitectures: given(bareFilter!, target.arch, NEWER_THAN_ANY) === fallback,
  }
  return { reading, proof: prove(everyFilter!, policyFor(every, target, reading)) }
}

const installedBy = (runtime: Runtime, profile: Profile): Promise<Program> =>
  runtime.within({ profile: formatProfile(profile), noNewPrivileges: true, steps: [] }, ({ pid }) => {
    const programs = installedIn(pid)
    if (programs.length !== 1) throw new Error(`${programs.length} filters are installed, not one`)
    return programs[0]!
  })

/** The filters in force for a process of one thread, in their order. */
export const installedIn = (pid: number): readonly Program[] =>
  readFilters(pid).flatMap(({ filters }) => filters.map(({ instructions }) => instructions))
