import { isConditionalJump, op, type Program } from './instruction.ts'

/**
 * How many instructions a filter has in the kernel, which translates it before it counts: the limit for all filters of
 * a process is held against this. (With net.core.bpf_jit_harden on, the kernel adds more.)
 * @see net/core/filter.c, bpf_convert_filter; kernel/seccomp.c, seccomp_attach_filter
 */
export const translatedLength = (program: Program): number =>
  program.reduce((length, instruction) => length + translated(instruction), PROLOGUE)

/** A and X are cleared, the context is kept. */
const PROLOGUE = 3

const translated = ({ code, jt, jf, k }: Program[number]): number => {
  if (code === op.RET_K) return 2
  // Division by X tests it first: a zero ends the program.
  if (code === op.DIV_X) return 5
  if (!isConditionalJump(code)) return 1
  // Its constants are signed, so that one above 2^31 goes through a register.
  const constant = !(code & BPF_X) && k >= 0x80000000 ? 1 : 0
  // One jump falls through on one side; JSET has no opposite to turn it round.
  const oneJump = jf === 0 || (jt === 0 && (code & BPF_OPERATION) !== JSET)
  return constant + (oneJump ? 1 : 2)
}

const BPF_X = 0x08
const BPF_OPERATION = 0xf0
const JSET = 0x40
