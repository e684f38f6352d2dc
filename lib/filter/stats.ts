import { isConditionalJump, isReturn, op, type Program } from '../bpf/instruction.ts'
import type { Target } from '../policy/target.ts'
import { architecture } from '../syscalls/architectures.ts'
import { syscallNames } from '../syscalls/numbers.ts'
import { cacheableCalls, hasActionCache } from './cacheable.ts'

/** What a filter costs. */
export interface Stats {
  readonly instructions: number
  /** The most instructions that one call can run. */
  readonly longestPath: number
  /**
   * How many calls of the target's own architecture its kernel answers from its action cache, without running the
   * filter; 0 where kernel or architecture have none.
   */
  readonly cacheable: number
}

/** The cost of a program that `checkProgram` accepts, on one target. */
export const stats = (program: Program, target: Pick<Target, 'arch' | 'kernel'>): Stats => ({
  instructions: program.length,
  longestPath: longestPath(program),
  cacheable: cacheable(program, target),
})

/** Every path ends, since jumps only go forward: counted from the last instruction back. */
const longestPath = (program: Program): number => {
  const steps: number[] = []
  for (let index = program.length - 1; index >= 0; index--) {
    const { code, jt, jf, k } = program[index]!
    const after = (distance: number): number => steps[index + 1 + distance]!
    if (isReturn(code)) steps[index] = 1
    else if (code === op.JA) steps[index] = 1 + after(k)
    else steps[index] = 1 + (isConditionalJump(code) ? Math.max(after(jt), after(jf)) : after(0))
  }
  return steps[0]!
}

const cacheable = (program: Program, target: Pick<Target, 'arch' | 'kernel'>): number => {
  if (!hasActionCache(target)) return 0
  const { audit, name } = architecture(target.arch)
  const named = new Set(syscallNames(name).values())
  return cacheableCalls(program, audit, Math.max(...named)).filter((number) => named.has(number)).length
}
