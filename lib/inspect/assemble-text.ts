import { checkProgram } from '../bpf/check.ts'
import type { ByteOrder } from '../bpf/data.ts'
import { type Instruction, MAX_INSTRUCTIONS } from '../bpf/instruction.ts'
import type { Issue } from '../errors.ts'
import { requireText } from '../given.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import { AssemblyError } from './assembly-error.ts'
import { type Parsed, parseInstruction, type Target } from './parse-instruction.ts'

/** How to read the text of a program; as it was written: see `DisassembleOptions`. */
export interface AssembleOptions {
  /** Which half of a 64-bit word an offset names; default: that of `arch`, else little. */
  readonly order?: ByteOrder
  /** Whose error numbers and calls the names are; default: x86_64's. */
  readonly arch?: ArchitectureName
  /** A file's name, for messages. */
  readonly source?: string
}

interface Placed {
  readonly instruction: Parsed
  readonly line: number
}

/**
 * The program that a text describes: the inverse of `disassemble`, for every program that the kernel takes.
 *
 * A line holds an instruction; `;` and `#` begin a comment. A jump goes to a label (`name:` on a line before it), or to
 * the instruction that bears a number (`12:` before it); where none bears one, numbers count from 0. The target for no
 * may be left out: the next instruction. Operands may be names: `jeq x86_64, …`, `jeq socket, …`.
 * @throws AssemblyError (code ERR_FILTER_INVALID) with every line that can't be read; or the first instruction that the
 * kernel would refuse.
 * @example
 * assembleText(`
 *   ld nr
 *   jeq mkdir, denied, allowed
 * denied:
 *   ret ERRNO(EPERM)
 * allowed:
 *   ret ALLOW
 * `)
 */
export const assembleText = (text: string, options: AssembleOptions = {}): Instruction[] => {
  requireText('assembleText takes a text', text)
  const { arch = 'x86_64', source } = options
  const order = options.order ?? architecture(arch).endian
  const issues: Issue[] = []
  const complain = (line: number, column: number, message: string): void => {
    issues.push({ pointer: '', line, column, message })
  }
  const placed: Placed[] = []
  const labels = new Map<string, number>()
  for (const [number, line] of text.split('\n').entries()) {
    const code = line.replace(/[;#].*/, '').trimEnd()
    // `>` marks a path in what disasm prints.
    let column = /^[\s>]*/.exec(code)![0].length
    for (let label = LABEL.exec(code.slice(column)); label; label = LABEL.exec(code.slice(column))) {
      if (labels.has(label[1]!)) complain(number + 1, column + 1, `the label ${label[1]} stands twice`)
      labels.set(label[1]!, placed.length)
      column += label[0].length
    }
    if (column >= code.length) continue
    const parsed = parseInstruction(code, column, { order, arch })
    if ('message' in parsed)
      complain(number + 1, parsed.column + 1, parsed.message + aboutComment(line.slice(code.length)))
    placed.push({ instruction: 'message' in parsed ? UNREADABLE : parsed, line: number + 1 })
  }
  if (placed.length === 0 || placed.length > MAX_INSTRUCTIONS)
    complain(1, 1, `a filter has 1 to ${MAX_INSTRUCTIONS} instructions, this text ${placed.length}`)
  const program = link(placed, labels, complain)
  if (issues.length) throw new AssemblyError(issues, source)
  const refusal = checkProgram(program)
  if (!refusal) return program
  const { line } = placed[refusal.index]!
  throw new AssemblyError([{ pointer: '', line, column: 1, message: refusal.reason }], source)
}

/** Other assemblers mark a number with #. */
const aboutComment = (comment: string): string => {
  const marked = /^\s*#(\w+)/.exec(comment)?.[1]
  return marked === undefined
    ? ''
    : `; # begins a comment: write ${found(marked)}, not ${found(`#${marked}`)}`
}

const LABEL = /^([\w.]+)\s*:\s*/

/** Stands for a line that couldn't be read, so that those behind it keep their places. */
const UNREADABLE: Parsed = { code: 6, k: 0, jt: 0, jf: 0, targets: [] }

/** Targets become distances. */
const link = (
  placed: readonly Placed[],
  labels: ReadonlyMap<string, number>,
  complain: (line: number, column: number, message: string) => void,
): Instruction[] => {
  const isNumbered = [...labels.keys()].some((label) => /^\d+$/.test(label))
  const placeOf = (name: string): number | undefined =>
    labels.get(name) ?? (!isNumbered && /^\d+$/.test(name) ? Number(name) : undefined)
  return placed.map(({ instruction: { targets, ...fields }, line }, index) => {
    const distances = targets.map(({ name, column }: Target) => {
      const place = placeOf(name)
      const wrong = place === undefined ? unknown(name, labels) : fault(place - index - 1, fields.code === JA)
      if (wrong) complain(line, column + 1, wrong)
      return place === undefined ? 0 : place - index - 1
    })
    if (targets.length === 1 && fields.code === JA) return { ...fields, k: distances[0]! }
    // Without a second target the next instruction is it.
    return targets.length ? { ...fields, jt: distances[0]!, jf: distances[1] ?? 0 } : fields
  })
}

const JA = 0x05

const unknown = (name: string, labels: ReadonlyMap<string, number>): string =>
  `no label is called ${found(name)}${didYouMean(name, labels.keys())}`

/** Jumps go forward only, conditional ones 255 instructions at most. */
const fault = (distance: number, isAlways: boolean): string | undefined => {
  if (distance < 0) return 'a jump goes forward only'
  return !isAlways && distance > 255
    ? `a conditional jump skips 255 instructions at most, not ${distance}: jump to a ja`
    : undefined
}
