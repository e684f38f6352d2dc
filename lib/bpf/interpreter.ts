import { type ByteOrder, type Call, wordAt, wordsOf } from './data.ts'
import { isConditionalJump, op, type Program } from './instruction.ts'
import type { Verdict } from './verdict.ts'

/** What one call gets, and the instructions that ran, in order, the return included. */
export interface Run {
  readonly verdict: Verdict
  readonly path: readonly number[]
}

/**
 * Run a program that `checkProgram` accepts on one call, as the kernel's interpreter does (kernel/bpf/core.c; the
 * words of `struct seccomp_data` are read in native order, so `order` says which half an offset names).
 */
export const run = (program: Program, call: Call, order: ByteOrder): Run => {
  const words = wordsOf(call)
  const memory = new Uint32Array(16)
  const path: number[] = []
  let a = 0
  let x = 0
  for (let pc = 0; ; pc++) {
    const { code, jt, jf, k } = program[pc]!
    path.push(pc)
    if (code === op.RET_K) return { verdict: k, path }
    if (code === op.RET_A) return { verdict: a, path }
    if (code === op.JA) pc += k
    else if (isConditionalJump(code)) pc += compare(code, a, code & 8 ? x : k) ? jt : jf
    else
      switch (code) {
        case op.LD_ABS:
          a = words[wordAt(k, order)]!
          break
        case op.LD_IMM:
          a = k
          break
        case op.LD_LEN:
          a = 64
          break
        case op.LD_MEM:
          a = memory[k]!
          break
        case op.LDX_IMM:
          x = k
          break
        case op.LDX_LEN:
          x = 64
          break
        case op.LDX_MEM:
          x = memory[k]!
          break
        case op.ST:
          memory[k] = a
          break
        case op.STX:
          memory[k] = x
          break
        case op.TAX:
          x = a
          break
        case op.TXA:
          a = x
          break
        default: {
          const operand = code & 8 ? x : k
          // The kernel returns 0 on division by zero in X (bpf_convert_filter): KILL_THREAD.
          if ((code === op.DIV_X || code === op.DIV_K) && operand === 0) return { verdict: 0, path }
          a = arithmetic(code, a, operand)
        }
      }
  }
}

/** A conditional jump's comparison, on u32. */
export const compare = (code: number, a: number, b: number): boolean => {
  switch (code & 0xf0) {
    case 0x10:
      return a === b
    case 0x20:
      return a > b
    case 0x30:
      return a >= b
    default:
      return (a & b) !== 0
  }
}

/** An ALU operation on u32. Shifts by X use its low five bits, as the kernel masks them. */
export const arithmetic = (code: number, a: number, b: number): number => {
  switch (code & 0xf0) {
    case 0x00:
      return (a + b) >>> 0
    case 0x10:
      return (a - b) >>> 0
    case 0x20:
      return Math.imul(a, b) >>> 0
    case 0x30:
      return Math.floor(a / b)
    case 0x40:
      return (a | b) >>> 0
    case 0x50:
      return (a & b) >>> 0
    case 0x60:
      return (a << (b & 31)) >>> 0
    case 0x70:
      return a >>> (b & 31)
    case 0x80:
      return -a >>> 0
    default:
      return (a ^ b) >>> 0
  }
}
