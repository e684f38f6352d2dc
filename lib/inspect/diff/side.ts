import { checkProgram } from '../../bpf/check.ts'
import type { ByteOrder } from '../../bpf/data.ts'
import type { Instruction, Program } from '../../bpf/instruction.ts'
import { SeccompError } from '../../errors.ts'
import { type CompileOptions, type Filter, policyFor } from '../../filter/compile.ts'
import { type Answers, answersOf } from '../../filter/prove/compare.ts'
import type { GiveUp } from '../../filter/prove/execute.ts'
import { Meaning } from '../../filter/prove/meaning.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Target } from '../../policy/target.ts'
import { parseProfile } from '../../profile/parse.ts'
import { findPreset } from '../../profile/presets/index.ts'
import type { Profile } from '../../profile/types.ts'
import { type ArchitectureName, architecture } from '../../syscalls/architectures.ts'

/**
 * Something that gives calls their verdicts: a profile (document, or a preset's name), a policy, a compiled filter, a
 * program from anywhere, or several programs that stack.
 */
export type Subject = object | string | Policy | Filter | Program | readonly Program[]

/** A subject, told apart: what a profile means on its target, or programs. */
export type Side =
  | {
      readonly kind: 'policy'
      readonly policy: Policy
      /** The document, where it was given. */
      readonly profile: Profile | undefined
    }
  | { readonly kind: 'programs'; readonly programs: readonly Program[] }

/**
 * Tells what a subject is, and resolves a profile for its target. A compiled filter counts as its policy, which it is
 * proved equal to.
 * @throws what `compile` throws for a profile; SeccompError ERR_FILTER_INVALID for a program the kernel would refuse.
 */
export const sideOf = (subject: Subject, options: CompileOptions, defaults?: Partial<Target>): Side => {
  if (Array.isArray(subject)) {
    const first: Instruction | Program | undefined = subject[0]
    const programs = (Array.isArray(first) ? subject : [subject]) as readonly Program[]
    for (const program of programs) checkOrThrow(program)
    return { kind: 'programs', programs }
  }
  const profile = profileOf(subject, options)
  if (profile) return { kind: 'policy', policy: policyFor(profile, options, defaults), profile }
  const policy = 'policy' in (subject as object) ? (subject as Filter).policy : (subject as Policy)
  return { kind: 'policy', policy, profile: undefined }
}

/** The document, where the subject is one or a preset's name. */
export const profileOf = (subject: Subject, options: CompileOptions): Profile | undefined => {
  // A name that isn't a preset's has its own error.
  if (typeof subject === 'string') return findPreset(subject) ?? (policyFor(subject, options) as never)
  if (typeof subject !== 'object' || subject === null) return parseProfile(subject)
  if (Array.isArray(subject) || 'policy' in subject || 'foreignVerdict' in subject) return undefined
  return parseProfile(subject)
}

const checkOrThrow = (program: Program): void => {
  const refusal = checkProgram(program)
  if (refusal)
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `the kernel would refuse this program at instruction ${refusal.index}: ${refusal.reason}`,
    )
}

/** What a side answers, as cells of calls. */
export const answersOfSide = (side: Side, arch: ArchitectureName, giveUp?: GiveUp): Answers => {
  const order: ByteOrder = architecture(arch).endian
  return side.kind === 'policy' ? new Meaning(side.policy) : answersOf(side.programs, order, giveUp)
}
