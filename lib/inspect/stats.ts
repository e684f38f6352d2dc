import { isConditionalJump, isReturn, op, type Program } from '../bpf/instruction.ts'

/** What a program costs. */
export interface Stats {
  readonly instructions: number
  /** The most instructions that one call can run. */
  readonly longestPath: number
}

/**
 * The size of a program that `checkProgram` accepts, and its worst path; every path ends, since jumps only go forward.
 * @example stats(filter.instructions).longestPath
 */
export const stats = (program: Program): Stats => {
  const steps: number[] = []
  for (let index = program.length - 1; index >= 0; index--) {
    const { code, jt, jf, k } = program[index]!
    const after = (distance: number): number => steps[index + 1 + distance]!
    if (isReturn(code)) steps[index] = 1
    else if (code === op.JA) steps[index] = 1 + after(k)
    else steps[index] = 1 + (isConditionalJump(code) ? Math.max(after(jt), after(jf)) : after(0))
  }
  return { instructions: program.length, longestPath: steps[0]! }
}
