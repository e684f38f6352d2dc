import { checkProgram } from '../bpf/check.ts'
import { ARCHITECTURE, argumentWord, type ByteOrder, NUMBER, type Word, wordAt } from '../bpf/data.ts'
import { type Instruction, isConditionalJump, op, opcodeName, type Program } from '../bpf/instruction.ts'
import { actionOf, dataOf, verdict } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import { formatVerdict } from '../policy/format.ts'
import { type ArchitectureName, architecture, architectures, X32_BIT } from '../syscalls/architectures.ts'
import { argumentNames } from '../syscalls/arguments.ts'
import { callNamed, flow, type Known, settledCall } from './flow.ts'
import { constant, hex, wordName } from './words.ts'

/** How to read a program. */
export interface DisassembleOptions {
  /** Which half of a 64-bit word an offset names; default: that of `arch`, else little. */
  readonly order?: ByteOrder
  /** Whose names to use where the program never asks for the architecture, and for error numbers. */
  readonly arch?: ArchitectureName
}

/** One instruction, for reading. */
export interface Line {
  readonly index: number
  /** `jeq 41, 12, 5`: mnemonic, operand, and for a conditional jump the next index if it holds and if not. */
  readonly text: string
  /** What it means, `nr == socket`; empty where the text says it all. */
  readonly comment: string
}

/**
 * A program as text, one line an instruction; jump targets are absolute.
 * @throws SeccompError ERR_FILTER_INVALID for a program that the kernel would refuse.
 * @example
 * disassemble(filter.instructions)
 * //  0: ld arch
 * //  1: jeq 0xc000003e, 2, 60         ; arch == x86_64
 */
export const disassemble = (program: Program, options: DisassembleOptions = {}): string => {
  const lines = disassembleLines(program, options)
  const digits = `${program.length - 1}`.length
  return lines
    .map(({ index, text, comment }) => {
      const start = `${`${index}`.padStart(digits)}: `
      return `${start}${comment ? `${text.padEnd(28)} ; ${comment}` : text}\n`
    })
    .join('')
}

/** {@link disassemble}, as data. */
export const disassembleLines = (program: Program, options: DisassembleOptions = {}): Line[] => {
  const refusal = checkProgram(program)
  if (refusal)
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `the kernel would refuse this program at instruction ${refusal.index}: ${refusal.reason}`,
    )
  const arch = options.arch && architecture(options.arch)
  const order = options.order ?? arch?.endian ?? 'little'
  const known = flow(program, order, arch?.audit)
  return program.map((instruction, index) => ({
    index,
    text: textOf(instruction, index, order, options.arch),
    comment: commentOf(instruction, known[index], order),
  }))
}

/** The operation alone, without operand: `JEQ_K` → `jeq`. */
const mnemonic = (code: number): string => opcodeName(code)!.toLowerCase().split('_')[0]!

const textOf = (
  { code, jt, jf, k }: Instruction,
  index: number,
  order: ByteOrder,
  arch: ArchitectureName | undefined,
): string => {
  const name = mnemonic(code)
  const next = index + 1
  if (isConditionalJump(code)) return `${name} ${operand(code, k)}, ${next + jt}, ${next + jf}`
  switch (code) {
    case op.JA:
      return `ja ${next + k}`
    case op.RET_K:
      return `ret ${isExact(k) ? formatVerdict(k, arch) : hex(k)}`
    case op.RET_A:
      return 'ret a'
    case op.LD_ABS:
      return `ld ${wordName(wordAt(k, order))}`
    case op.LD_LEN:
    case op.LDX_LEN:
      return `${name} len`
    case op.LD_IMM:
    case op.LDX_IMM:
      return `${name} ${constant(k)}`
    case op.LD_MEM:
    case op.LDX_MEM:
    case op.ST:
    case op.STX:
      return `${name} mem[${k}]`
    case op.TAX:
    case op.TXA:
    case op.NEG:
      return name
    default:
      return `${name} ${operand(code, k)}`
  }
}

/** A jump's or operation's second operand: the register x, or a constant; bit patterns in hexadecimal. */
const operand = (code: number, k: number): string => {
  if (code & 8) return 'x'
  const isBits = [op.JSET_K, op.AND_K, op.OR_K, op.XOR_K].some((each) => each === code)
  return isBits ? hex(k) : constant(k)
}

/** Whether a verdict's words give back its number: an action that the kernel knows. */
const isExact = (k: number): boolean => verdict(actionOf(k), dataOf(k)) === k

const commentOf = (instruction: Instruction, known: Known | undefined, order: ByteOrder): string => {
  const { code, k } = instruction
  if (!known) return 'never reached'
  if (code === op.RET_K && !isExact(k)) return `an action the kernel doesn't know: ${actionOf(k)}`
  if (code === op.LD_ABS) return argumentOf(wordAt(k, order), known)
  if (code === op.AND_K && known.a?.word === NUMBER && k === WITHOUT_X32) return "x32's numbers as x86_64's"
  return isConditionalJump(code) ? comparison(instruction, known) : ''
}

/** `family of socket`, for a load of an argument where the call is settled. */
const argumentOf = (word: Word, known: Known): string => {
  const call = word >= argumentWord(0, 'low') && settledCall(known)
  if (!call) return ''
  const name = argumentNames(call.name, call.arch)[(word >> 1) - 2]
  return name ? `${name} of ${call.text}` : call.text
}

/** All of a number but the bit that marks x32's. */
const WITHOUT_X32 = ~X32_BIT >>> 0

const symbols: Record<string, string> = { jeq: '==', jgt: '>', jge: '>=', jset: '&' }

const comparison = ({ code, k }: Instruction, known: Known): string => {
  const symbol = symbols[mnemonic(code)]!
  if (!known.a) return `a ${symbol} ${operand(code, k)}`
  const { word, mask } = known.a
  const whole = mask === 0xffffffff || (word === NUMBER && mask === WITHOUT_X32)
  const left = whole ? wordName(word) : `(${wordName(word)} & ${hex(mask)})`
  return `${left} ${symbol} ${code & 8 ? 'x' : meaning(code, k, known)}`
}

/** A constant by the name it has where it is compared. */
const meaning = (code: number, k: number, { a, audit }: Known): string => {
  if (a!.word === ARCHITECTURE && code === op.JEQ_K) {
    const names = architectures.filter((each) => each.audit === k).map(({ name }) => name)
    return names.length ? names.join(' or ') : hex(k)
  }
  if (a!.word === NUMBER && code !== op.JSET_K) {
    const call = callNamed(audit, k, a!.mask)
    if (call) return code === op.JEQ_K ? call.text : `${constant(k)} (${call.text})`
  }
  return operand(code, k)
}
