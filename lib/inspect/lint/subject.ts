import { ARCHITECTURE, argumentWord, type Call, NUMBER } from '../../bpf/data.ts'
import { actionOf, type Verdict } from '../../bpf/verdict.ts'
import type { Answers } from '../../filter/prove/compare.ts'
import type { Path } from '../../filter/prove/execute.ts'
import { everyCall, type Region, whereMatching, witness } from '../../filter/prove/region.ts'
import type { Policy } from '../../policy/policy.ts'
import type { KernelVersion } from '../../policy/target.ts'
import { defaultPositionOf } from '../../profile/positions.ts'
import type { Position, Profile, Rule } from '../../profile/types.ts'
import { type ArchitectureName, architecture } from '../../syscalls/architectures.ts'
import { constantsOf } from '../../syscalls/constants.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import { decide } from '../decision.ts'

/** What a lint looks at: what is answered to every call, and for a profile also what it says. */
export interface LintSubject {
  readonly arch: ArchitectureName
  readonly kernel: KernelVersion | undefined
  readonly answers: Answers
  /** Undefined for a raw filter. */
  readonly source: ProfileSource | undefined
}

/** A profile and its readings. */
export interface ProfileSource {
  readonly profile: Profile
  /** Rules whose gates are open on the target. */
  readonly rules: readonly Rule[]
  /** As the caller wants it read. */
  readonly policy: Policy
  /** As Docker and containerd read it: 64 bits of every argument. */
  readonly exact: Policy
  /** What `exact` answers. */
  readonly exactAnswers: Answers
}

/** How much of a call is carried out: whatever its arguments, for some, or for none. */
export type Extent = 'always' | 'sometimes' | 'never'

/** Calls of one verdict. */
export type Cell = Path

/** Whether the kernel carries the call out. */
export const runs = (verdict: Verdict): boolean => ['ALLOW', 'LOG'].includes(actionOf(verdict))

/** Whether it does, or a supervisor or tracer is asked, who may have it done. */
export const mayRun = (verdict: Verdict): boolean =>
  runs(verdict) || ['NOTIFY', 'TRACE'].includes(actionOf(verdict))

/** The calls of one number, in cells; none where the architecture lacks the call. */
export const cellsOf = (answers: Answers, arch: ArchitectureName, name: string, args: Fixed = {}): Cell[] => {
  const region = regionOf(arch, name, args)
  return region ? [...answers.cells(region)] : []
}

/** Arguments by index whose low half is known. */
export type Fixed = Readonly<Record<number, number>>

const regionOf = (arch: ArchitectureName, name: string, args: Fixed): Region | undefined => {
  const number = numberOf(arch, name)
  if (number === undefined) return undefined
  const fixed = [
    [ARCHITECTURE, architecture(arch).audit],
    [NUMBER, number],
    ...Object.entries(args).map(([index, value]) => [argumentWord(Number(index), 'low'), value]),
  ] as [number, number][]
  return fixed.reduce<Region | undefined>(
    (region, [word, bits]) => region && whereMatching(region, word, { mask: 0xffffffff, bits: bits >>> 0 }),
    everyCall,
  )
}

/** How much of a call is carried out; undefined where the architecture lacks it. */
export const extentOf = (
  { answers }: Pick<LintSubject, 'answers'>,
  arch: ArchitectureName,
  name: string,
): Extent | undefined => {
  const cells = cellsOf(answers, arch, name)
  if (cells.length === 0) return undefined
  const open = cells.filter(({ verdict }) => runs(verdict)).length
  return open === 0 ? 'never' : open === cells.length ? 'always' : 'sometimes'
}

/** A call of that name, with these arguments if given, that is carried out. */
export const openCall = (
  { answers }: Pick<LintSubject, 'answers'>,
  arch: ArchitectureName,
  name: string,
  args: Fixed = {},
): Call | undefined => {
  const cell = cellsOf(answers, arch, name, args).find(({ verdict }) => runs(verdict))
  return cell && witness(cell.region)
}

/** Where the profile decides a call: its rule, or the default action. */
export const positionsOf = (
  { source }: Pick<LintSubject, 'source'>,
  call: Call,
  policy: Policy | undefined = source?.policy,
): Position[] => {
  if (!source || !policy) return []
  const decision = decide(policy, call)
  if (decision.by !== 'rule') return [defaultPosition(source.profile)]
  return decision.rule.position ? [decision.rule.position] : []
}

/** The place of the default action. */
export const defaultPosition = (profile: Profile): Position =>
  defaultPositionOf(profile) ?? { pointer: '/defaultAction' }

/** Whose programs a kernel runs besides its own; x32 by the same door (CONFIG_COMPAT, CONFIG_X86_X32_ABI). */
const compatible: Partial<Record<ArchitectureName, readonly ArchitectureName[]>> = {
  x86_64: ['x86', 'x32'],
  aarch64: ['arm'],
  mips64: ['mips', 'mips64n32'],
  mipsel64: ['mipsel', 'mipsel64n32'],
  parisc64: ['parisc'],
  ppc64: ['ppc'],
  s390x: ['s390'],
}

/** The architectures that a process can make calls as: the kernel's own, then those of 32-bit programs. */
export const reachable = ({ arch }: Pick<LintSubject, 'arch'>): readonly ArchitectureName[] => [
  arch,
  ...(compatible[arch] ?? []),
]

/** Of these, those that programs are commonly made for: x32 is none. */
export const inUse = (subject: Pick<LintSubject, 'arch'>): readonly ArchitectureName[] =>
  reachable(subject).filter((arch) => arch !== 'x32' || subject.arch === 'x32')

/** The low half of what a name stands for as an argument of a call; every name asked for is in the table. */
export const constant = (syscall: string, index: number, name: string, arch: ArchitectureName): number =>
  Number(BigInt.asUintN(32, constantsOf(syscall, index, arch)!.values.get(name)!))

/** `a, b and c`, or with `most` the first few and how many more. */
export const list = (names: readonly string[], most = 8): string => {
  if (names.length > most + 1) return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
