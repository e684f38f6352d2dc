import { op, opcodeName } from '../bpf/instruction.ts'
import { actionOf, dataOf, verdict } from '../bpf/verdict.ts'
import { constant, hex } from './words.ts'

/** Parts of an instruction's text. */

/** The operation alone, without operand: `JEQ_K` → `jeq`. */
export const mnemonic = (code: number): string => opcodeName(code)!.toLowerCase().split('_')[0]!

/** A jump's or operation's second operand: the register x, or a constant; bit patterns in hexadecimal. */
export const operand = (code: number, k: number): string => {
  if (code & 8) return 'x'
  const isBits = [op.JSET_K, op.AND_K, op.OR_K, op.XOR_K].some((each) => each === code)
  return isBits ? hex(k) : constant(k)
}

/** Whether a verdict's words give back its number: an action that the kernel knows. */
export const isExact = (k: number): boolean => verdict(actionOf(k), dataOf(k)) === k
