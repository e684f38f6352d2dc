import { kindOf } from '../given.ts'
import {
  type Instruction,
  isConditionalJump,
  isReturn,
  MAX_INSTRUCTIONS,
  op,
  opcodeName,
  type Program,
} from './instruction.ts'

/** Why the kernel would refuse a program, and at which instruction. */
export interface Refusal {
  readonly index: number
  readonly reason: string
}

const SECCOMP_DATA_SIZE = 64
const MEMORY_SLOTS = 16

/**
 * The kernel's own acceptance rules: net/core/filter.c `bpf_check_classic` and `check_load_and_stores`, then
 * kernel/seccomp.c `seccomp_check_filter`, which narrows the opcodes. Returns the first refusal, or undefined.
 */
export const checkProgram = (program: Program): Refusal | undefined => {
  // What JavaScript hands over may be anything.
  if (!Array.isArray(program))
    return { index: 0, reason: `a filter is a list of instructions, not ${kindOf(program)}` }
  if (program.length === 0 || program.length > MAX_INSTRUCTIONS)
    return {
      index: 0,
      reason: `a filter has 1 to ${MAX_INSTRUCTIONS} instructions, this one ${program.length}`,
    }
  for (const [index, instruction] of program.entries()) {
    if (typeof instruction !== 'object' || instruction === null)
      return { index, reason: 'this is no instruction' }
    const reason = checkInstruction(instruction, index, program.length)
    if (reason) return { index, reason }
  }
  const last = program.at(-1)!
  if (!isReturn(last.code))
    return { index: program.length - 1, reason: 'the last instruction is not a return' }
  return checkMemory(program)
}

const checkInstruction = (
  { code, jt, jf, k }: Instruction,
  index: number,
  length: number,
): string | undefined => {
  if (opcodeName(code) === undefined)
    return `opcode 0x${code.toString(16)} is not allowed in a seccomp filter`
  if (code === op.LD_ABS && (k % 4 !== 0 || k >= SECCOMP_DATA_SIZE))
    return `load at offset ${k}: only multiples of 4 below ${SECCOMP_DATA_SIZE}`
  if (code === op.DIV_K && k === 0) return 'division by zero'
  if ((code === op.LSH_K || code === op.RSH_K) && k >= 32) return `shift by ${k}`
  if ([op.LD_MEM, op.LDX_MEM, op.ST, op.STX].includes(code as never) && k >= MEMORY_SLOTS)
    return `memory slot ${k}: there are ${MEMORY_SLOTS}`
  if (code === op.JA && k >= length - index - 1) return 'jump beyond the end'
  if (isConditionalJump(code) && (index + jt + 1 >= length || index + jf + 1 >= length))
    return 'jump beyond the end'
  return undefined
}

/** A slot must be written on every path before it is read (filter.c, check_load_and_stores). */
const checkMemory = (program: Program): Refusal | undefined => {
  const masks = new Uint16Array(program.length).fill(0xffff)
  let valid = 0
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    valid &= masks[index]!
    if (code === op.ST || code === op.STX) valid |= 1 << k
    else if (code === op.LD_MEM || code === op.LDX_MEM) {
      if (!(valid & (1 << k))) return { index, reason: `memory slot ${k} is read before it is written` }
    } else if (code === op.JA) {
      masks[index + 1 + k]! &= valid
      valid = 0xffff
    } else if (isConditionalJump(code)) {
      masks[index + 1 + jt]! &= valid
      masks[index + 1 + jf]! &= valid
      valid = 0xffff
    }
  }
  return undefined
}
