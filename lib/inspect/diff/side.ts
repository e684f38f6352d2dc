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
import { type ArchitectureName, architecture } from '../../syscalls/architectures.ts'

/**
 * Something that gives calls their verdicts: a profile (document, or a preset's name), a policy, a compiled filter, a
 * program from anywhere, or several programs that stack.
 */
export type Subject = object | string | Policy | Filter | Program | readonly Program[]

/** A subject, told apart: what a profile means on its target, or programs. */
export type Side =
  | { readonly kind: 'policy'; readonly policy: Policy }
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
  if (typeof subject === 'object' && 'policy' in subject && 'instructions' in subject)
    return { kind: 'policy', policy: (subject as Filter).policy }
  if (typeof subject === 'object' && 'foreignVerdict' in subject)
    return { kind: 'policy', policy: subject as Policy }
  return { kind: 'policy', policy: policyFor(subject as object | string, options, defaults) }
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
