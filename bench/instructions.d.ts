import type { Program } from '../lib/bpf/instruction.ts'
import type { Policy } from '../lib/policy/policy.ts'

/** A call that runs `here` instructions in one program, and fewer, `there`, in another. */
export interface LongerCall {
  readonly arch: string
  readonly name: string
  readonly args: readonly bigint[]
  readonly here: number
  readonly there: number
}

export const longerThan: (program: Program, other: Program, policy: Policy) => LongerCall[]
