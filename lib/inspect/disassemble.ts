import { checkProgram } from '../bpf/check.ts'
import { type ByteOrder, wordAt } from '../bpf/data.ts'
import { type Instruction, op, type Program, unusedFields } from '../bpf/instruction.ts'
import { SeccompError } from '../errors.ts'
import { formatVerdict } from '../policy/format.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import { commentOf } from './comment.ts'
import { flow, type Known } from './flow.ts'
import { labelsOf, targetsOf } from './labels.ts'
import { isExact, mnemonic, operand } from './operand.ts'
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
 * A program as text, one line an instruction: its number, what it does, what that means. A jump names the number it goes
 * to, or a label where the place has one. `assembleText` reads it back.
 * @throws SeccompError ERR_FILTER_INVALID for a program that the kernel would refuse.
 * @example
 * disassemble(filter.instructions)
 * //  0: ld arch
 * //  1: jeq 0xc000003e, x86_64, kill_process ; arch == x86_64
 * // x86_64:
 * //  2: ld nr
 */
export const disassemble = (program: Program, options: DisassembleOptions = {}): string =>
  textLines(program, options)
    .map(({ text }) => `${text}\n`)
    .join('')

/** A line of {@link disassemble}'s text: an instruction, or without `index` a label. */
export interface TextLine {
  readonly index?: number
  readonly text: string
}

/** {@link disassemble}, line by line. */
export const textLines = (program: Program, options: DisassembleOptions = {}): TextLine[] => {
  const { known, order, arch } = read(program, options)
  const labels = labelsOf(program, known, order, arch)
  const digits = `${program.length - 1}`.length
  return program.flatMap((instruction, index): TextLine[] => {
    const text = textOf(instruction, index, order, arch, (target) => labels.get(target) ?? `${target}`)
    const comment = commentOf(instruction, known[index], order)
    const start = `${`${index}`.padStart(digits)}: `
    const line = { index, text: `${start}${comment ? `${text.padEnd(WIDTH)} ; ${comment}` : text}` }
    const label = labels.get(index)
    return label === undefined ? [line] : [{ text: `${label}:` }, line]
  })
}

/** Where comments begin: most jumps are shorter. */
const WIDTH = 30

/**
 * {@link disassemble}, as data; targets are numbers.
 * @throws SeccompError ERR_FILTER_INVALID for a program that the kernel would refuse
 * @example disassembleLines(filter.instructions)[0] // { index: 0, text: 'ld arch', comment: '' }
 */
export const disassembleLines = (program: Program, options: DisassembleOptions = {}): Line[] => {
  const { known, order, arch } = read(program, options)
  return program.map((instruction, index) => ({
    index,
    text: textOf(instruction, index, order, arch, String),
    comment: commentOf(instruction, known[index], order),
  }))
}

const read = (
  program: Program,
  { arch, order = arch ? architecture(arch).endian : 'little' }: DisassembleOptions,
): { known: (Known | undefined)[]; order: ByteOrder; arch: ArchitectureName | undefined } => {
  const refusal = checkProgram(program)
  if (refusal)
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `the kernel would refuse this program at instruction ${refusal.index}: ${refusal.reason}`,
    )
  return { known: flow(program, order, arch && architecture(arch).audit), order, arch }
}

const textOf = (
  instruction: Instruction,
  index: number,
  order: ByteOrder,
  arch: ArchitectureName | undefined,
  nameOf: (target: number) => string,
): string => {
  const { code } = instruction
  const parts = [head(instruction, order, arch), ...targetsOf(instruction, index).map(nameOf)]
  const text = code === op.JA ? parts.join(' ') : parts.join(', ')
  const unused = unusedFields(instruction).map(([name, value]) => `${name}=${constant(value)}`)
  return unused.length ? `${text} {${unused.join(', ')}}` : text
}

/** The instruction without its targets. */
const head = ({ code, k }: Instruction, order: ByteOrder, arch: ArchitectureName | undefined): string => {
  const name = mnemonic(code)
  switch (code) {
    case op.JA:
    case op.TAX:
    case op.TXA:
    case op.NEG:
      return name
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
    default:
      return `${name} ${operand(code, k)}`
  }
}
