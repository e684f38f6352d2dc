import { ARCHITECTURE, argumentWord, type ByteOrder, NUMBER, offsetOf, type Word } from '../bpf/data.ts'
import { type Instruction, op } from '../bpf/instruction.ts'
import { type Action, actions, verdict } from '../bpf/verdict.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'
import { type ArchitectureName, findArchitecture } from '../syscalls/architectures.ts'
import { errnoNumber } from '../syscalls/errno.ts'
import { numberOf } from '../syscalls/numbers.ts'

/** One instruction's text → its fields, jumps not linked yet. */

/** Where a jump goes, and where in the line that stands (0-based). */
export interface Target {
  readonly name: string
  readonly column: number
}

export interface Parsed extends Instruction {
  /** In the order of the text. */
  readonly targets: readonly Target[]
}

/** What is wrong, and where in the line (0-based). */
export interface Fault {
  readonly column: number
  readonly message: string
}

/** Whose words and names a text uses. */
interface Dialect {
  readonly order: ByteOrder
  readonly arch: ArchitectureName
}

interface Operand {
  readonly text: string
  readonly column: number
}

/** The instruction that begins at `start` of a line without comment. */
export const parseInstruction = (line: string, start: number, dialect: Dialect): Parsed | Fault => {
  const [mnemonic] = /^[^\s{]*/.exec(line.slice(start))!
  const fields = readFields(line)
  if ('message' in fields) return fields
  const operands = splitOperands(line.slice(0, fields.start), start + mnemonic.length)
  const name = mnemonic.toLowerCase()
  const parsed = parseNamed(name, operands, start, dialect)
  return 'message' in parsed ? parsed : { ...parsed, ...fields.values }
}

/** `{jt=1, k=0x5}` behind an instruction: fields that mean nothing for it and aren't 0. */
const readFields = (line: string): { start: number; values: Partial<Instruction> } | Fault => {
  const start = line.indexOf('{')
  if (start < 0) return { start: line.length, values: {} }
  const match = /^\{\s*((?:jt|jf|k)=\w+(?:\s*,\s*(?:jt|jf|k)=\w+)*)\s*\}$/.exec(line.slice(start).trim())
  const pairs = match?.[1]?.split(',').map((each) => each.trim().split('=') as [string, string])
  const values = pairs?.map(([name, text]) => [name, readNumber(text)] as const)
  const fits = values?.every(([name, value]) => value !== undefined && value <= (name === 'k' ? MAX : 255))
  if (!values || !fits)
    return { column: start, message: 'fields are written {jt=1, jf=2, k=0x3}, jt and jf up to 255' }
  return { start, values: Object.fromEntries(values) }
}

const splitOperands = (line: string, start: number): Operand[] => {
  const operands: Operand[] = []
  let column = start
  for (const part of line.slice(start).split(',')) {
    const text = part.trim()
    operands.push({ text, column: column + part.length - part.trimStart().length })
    column += part.length + 1
  }
  return operands.length === 1 && operands[0]!.text === '' ? [] : operands
}

const fault = ({ column }: { column: number }, message: string): Fault => ({ column, message })

const plain: Readonly<Record<string, number>> = { tax: op.TAX, txa: op.TXA, neg: op.NEG }
const jumps: Readonly<Record<string, number>> = {
  jeq: op.JEQ_K,
  jgt: op.JGT_K,
  jge: op.JGE_K,
  jset: op.JSET_K,
}
const arithmetic: Readonly<Record<string, number>> = {
  add: op.ADD_K,
  sub: op.SUB_K,
  mul: op.MUL_K,
  div: op.DIV_K,
  or: op.OR_K,
  and: op.AND_K,
  lsh: op.LSH_K,
  rsh: op.RSH_K,
  xor: op.XOR_K,
}
const memory: Readonly<Record<string, number>> = { ld: op.LD_MEM, ldx: op.LDX_MEM, st: op.ST, stx: op.STX }

const mnemonics = ['ld', 'ldx', 'st', 'stx', 'ja', 'ret', ...[plain, jumps, arithmetic].flatMap(Object.keys)]

/** The operand that an instruction takes from register X instead of from itself. */
const BPF_X = 0x08

const parseNamed = (
  name: string,
  operands: readonly Operand[],
  start: number,
  dialect: Dialect,
): Parsed | Fault => {
  const make = (code: number, k = 0, targets: readonly Target[] = []): Parsed => ({
    code,
    jt: 0,
    jf: 0,
    k,
    targets,
  })
  if (!mnemonics.includes(name))
    return fault({ column: start }, `no instruction is called ${found(name)}${didYouMean(name, mnemonics)}`)
  const [least, most] = name in plain ? [0, 0] : name in jumps ? [2, 3] : [1, 1]
  if (operands.length < least || operands.length > most) {
    const count = least === most ? `${least}` : `${least} or ${most}`
    return fault(
      operands[most] ?? { column: start },
      `${name} takes ${count} operand${most === 1 ? '' : 's'}, not ${operands.length}`,
    )
  }
  const empty = operands.find(({ text }) => text === '')
  if (empty) return fault(empty, 'an operand is missing')
  if (name in plain) return make(plain[name]!)
  const first = operands[0]!
  if (name === 'ja') return make(op.JA, 0, [{ name: first.text, column: first.column }])
  if (name === 'ret')
    return first.text === 'a'
      ? make(op.RET_A)
      : number(first, readVerdict(first.text, dialect), VERDICTS, (k) => make(op.RET_K, k))
  const slot = /^mem\[(\d{1,2})\]$/.exec(first.text)
  if (slot && name in memory) return make(memory[name]!, Number(slot[1]))
  if (name === 'st' || name === 'stx') return fault(first, `${name} stores into a slot, mem[0] to mem[15]`)
  if (name === 'ld' || name === 'ldx') return readLoad(name, first, dialect, make)
  const targets = operands.slice(1).map(({ text, column }) => ({ name: text, column }))
  const code = jumps[name] ?? arithmetic[name]!
  if (first.text === 'x') return make(code | BPF_X, 0, targets)
  return number(first, readConstant(first.text, dialect), CONSTANTS, (k) => make(code, k, targets))
}

const CONSTANTS = 'no operand: write a number up to 0xffffffff, x, or the name of an architecture or a call'
const VERDICTS = 'no verdict: write ALLOW, ERRNO(EPERM) and so on, a number up to 0xffffffff, or a'

const number = (
  operand: Operand,
  k: number | undefined,
  wanted: string,
  make: (k: number) => Parsed,
): Parsed | Fault => (k === undefined ? fault(operand, `${found(operand.text)} is ${wanted}`) : make(k))

const readLoad = (
  name: 'ld' | 'ldx',
  operand: Operand,
  { order }: Dialect,
  make: (code: number, k?: number) => Parsed,
): Parsed | Fault => {
  const { text } = operand
  if (text === 'len') return make(name === 'ld' ? op.LD_LEN : op.LDX_LEN)
  const k = readNumber(text)
  if (k !== undefined) return make(name === 'ld' ? op.LD_IMM : op.LDX_IMM, k)
  const word = name === 'ld' ? readWord(text) : undefined
  if (word !== undefined) return make(op.LD_ABS, offsetOf(word, order))
  const words =
    name === 'ld' ? ', nr, arch, args[0].low to args[5].high, instruction_pointer.low or .high' : ''
  return fault(operand, `${found(text)} is no number, len, mem[0] to mem[15]${words}`)
}

/** The inverse of `wordName`. */
const readWord = (text: string): Word | undefined => {
  if (text === 'nr') return NUMBER
  if (text === 'arch') return ARCHITECTURE
  const match = /^(?:args\[([0-5])\]|(instruction_pointer))\.(low|high)$/.exec(text)
  if (!match) return undefined
  const half = match[3] as 'low' | 'high'
  return match[2] ? (half === 'low' ? 2 : 3) : argumentWord(Number(match[1]), half)
}

const MAX = 0xffffffff

const readNumber = (text: string): number | undefined => {
  const value = /^(?:\d{1,10}|0x[\da-f]{1,8})$/i.test(text) ? Number(text) : undefined
  return value !== undefined && value <= MAX ? value : undefined
}

const readConstant = (text: string, { arch }: Dialect): number | undefined =>
  readNumber(text) ?? findArchitecture(text)?.audit ?? numberOf(arch, text)

/** The inverse of `formatVerdict`. */
const readVerdict = (text: string, { arch }: Dialect): number | undefined => {
  const match = /^([A-Z_]+)(?:\((\w+)\))?$/.exec(text)
  if (!match || !actions.includes(match[1] as Action)) return readNumber(text)
  const data = match[2] === undefined ? 0 : (readNumber(match[2]) ?? errnoNumber(match[2], arch))
  return data === undefined || data > 0xffff ? undefined : verdict(match[1] as Action, data)
}
