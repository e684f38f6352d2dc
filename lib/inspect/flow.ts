import { ARCHITECTURE, argumentWord, type ByteOrder, NUMBER, type Word, wordAt } from '../bpf/data.ts'
import { type Instruction, isConditionalJump, isReturn, op, type Program } from '../bpf/instruction.ts'
import { type ArchitectureName, architectures, X32_BIT } from '../syscalls/architectures.ts'
import { nameOf } from '../syscalls/numbers.ts'

/**
 * What is known when an instruction starts, on every path that reaches it: enough to give numbers their names.
 * Jumps only go forward, so one pass in order sees every path. What isn't surely known is undefined.
 */
export interface Known {
  /** What the accumulator holds: `word & mask`. */
  readonly a: Masked | undefined
  /** The architecture word. */
  readonly audit: number | undefined
  /** The call's number under a mask lies from `low` to `high`, both included. */
  readonly number: NumberRange | undefined
  /** Halves of arguments that an equality has settled, so that the other half's comparison is one of 64 bits. */
  readonly halves: ReadonlyMap<Word, number>
}

const NONE: ReadonlyMap<Word, number> = new Map()

interface Masked {
  readonly word: Word
  readonly mask: number
  /** Bits of the word that are 0, so that a mask which clears them changes nothing. */
  readonly zero: number
}

interface NumberRange {
  readonly mask: number
  readonly low: number
  readonly high: number
}

const ALL = 0xffffffff
const FIRST_ARGUMENT = argumentWord(0, 'low')

/**
 * For each instruction of a program that `checkProgram` accepts, what is known as it starts; undefined where no path
 * leads.
 * @param audit the architecture that a program which never asks for it is meant for
 */
export const flow = (program: Program, order: ByteOrder, audit?: number): (Known | undefined)[] => {
  const known: (Known | undefined)[] = new Array(program.length).fill(undefined)
  known[0] = { a: undefined, audit, number: undefined, halves: NONE }
  program.forEach((instruction, index) => {
    const here = known[index]
    if (!here || isReturn(instruction.code)) return
    const { code, jt, jf, k } = instruction
    const reach = (target: number, state: Known): void => {
      const other = known[target]
      known[target] = other ? join(other, state) : state
    }
    if (code === op.JA) reach(index + 1 + k, here)
    else if (isConditionalJump(code)) {
      reach(index + 1 + jt, assume(here, instruction, true))
      reach(index + 1 + jf, assume(here, instruction, false))
    } else reach(index + 1, step(here, instruction, order))
  })
  return known
}

/** What holds on both of two paths. */
const join = (left: Known, right: Known): Known => {
  const a = left.a && right.a && joinMasked(left.a, right.a)
  const audit = left.audit === right.audit ? left.audit : undefined
  const ranges = [left, right].map(({ number, a: from }) => rangeUnder(number, from, a))
  const [one, other] = ranges
  const halves = joinHalves(left.halves, right.halves)
  if (!one || !other || one.mask !== other.mask) return { a, audit, number: undefined, halves }
  const low = Math.min(one.low, other.low)
  const high = Math.max(one.high, other.high)
  return { a, audit, number: { mask: one.mask, low, high }, halves }
}

const joinHalves = (left: Known['halves'], right: Known['halves']): Known['halves'] =>
  left === right ? left : new Map([...left].filter(([word, value]) => right.get(word) === value))

/** One word under two masks is that word under both where what a mask adds is 0 anyway. */
const joinMasked = (left: Masked, right: Masked): Masked | undefined => {
  const mask = (left.mask & right.mask) >>> 0
  const loses = [left, right].some((each) => each.mask & ~mask & ~each.zero)
  if (left.word !== right.word || loses) return undefined
  return { word: left.word, mask, zero: (left.zero & right.zero) >>> 0 }
}

/** A range of what the accumulator held, said of the same value under the mask it has after a join. */
const rangeUnder = (
  range: NumberRange | undefined,
  from: Masked | undefined,
  to: Masked | undefined,
): NumberRange | undefined =>
  range && to?.word === NUMBER && from?.mask === range.mask ? { ...range, mask: to.mask } : range

const step = (here: Known, { code, k }: Instruction, order: ByteOrder): Known => {
  if (code === op.LD_ABS) {
    const word = wordAt(k, order)
    const fresh = word === NUMBER && here.number?.mask !== ALL
    return {
      ...here,
      a: { word, mask: ALL, zero: 0 },
      number: fresh ? { mask: ALL, low: 0, high: ALL } : here.number,
    }
  }
  if (code === op.AND_K && here.a) {
    const a = { ...here.a, mask: (here.a.mask & k) >>> 0 }
    return { ...here, a, number: a.word === NUMBER ? { mask: a.mask, low: 0, high: a.mask } : here.number }
  }
  const keepsA = ([op.ST, op.STX, op.LDX_IMM, op.LDX_LEN, op.LDX_MEM, op.TAX] as number[]).includes(code)
  return keepsA ? here : { ...here, a: undefined }
}

/** What a conditional jump tells on one of its ways. */
const assume = (here: Known, { code, k }: Instruction, holds: boolean): Known => {
  const { a, number } = here
  if (a?.word === ARCHITECTURE && a.mask === ALL && code === op.JEQ_K) {
    if (holds) return { ...here, audit: k }
    return here.audit === k ? { ...here, audit: undefined } : here
  }
  if (a && a.word >= FIRST_ARGUMENT && a.mask === ALL && code === op.JEQ_K && holds)
    return { ...here, halves: new Map(here.halves).set(a.word, k) }
  if (a && code === op.JSET_K && !holds) return { ...here, a: { ...a, zero: (a.zero | (k & a.mask)) >>> 0 } }
  if (a?.word === NUMBER && number?.mask === a.mask)
    return { ...here, number: narrow(number, code, k, holds) }
  return here
}

const narrow = (range: NumberRange, code: number, k: number, holds: boolean): NumberRange => {
  const { mask, low, high } = range
  const within = (from: number, to: number): NumberRange => ({
    mask,
    low: Math.max(low, from),
    high: Math.min(high, to),
  })
  if (code === op.JEQ_K) {
    if (holds) return within(k, k)
    return { mask, low: k === low ? low + 1 : low, high: k === high ? high - 1 : high }
  }
  if (code === op.JGE_K) return holds ? within(k, ALL) : within(0, k - 1)
  if (code === op.JGT_K) return holds ? within(k + 1, ALL) : within(0, k)
  return range
}

/** Which call a number, perhaps seen through a mask, stands for on an architecture; undefined when not known. */
export const callNamed = (audit: number | undefined, number: number, mask: number): NamedCall | undefined => {
  if (audit === undefined) return undefined
  for (const { name: arch } of architectures.filter((each) => each.audit === audit)) {
    // x86_64 and x32 share the word; bit 30 tells them apart, unless the filter masked it away to treat both alike.
    if (arch === 'x86_64' && number & X32_BIT) continue
    if (arch === 'x32' && mask & X32_BIT && !(number & X32_BIT)) continue
    const name = nameOf(arch, arch === 'x32' ? number | X32_BIT : number)
    if (name) return { name, arch, text: arch === 'x32' ? `x32 ${name}` : name }
  }
  return undefined
}

export interface NamedCall {
  readonly name: string
  readonly arch: ArchitectureName
  /** The name; x32's say so, since x86_64's stand beside them. */
  readonly text: string
}

/** The one call that an instruction is about, where its number is settled. */
export const settledCall = ({ audit, number }: Known): NamedCall | undefined =>
  number && number.low === number.high ? callNamed(audit, number.low, number.mask) : undefined
