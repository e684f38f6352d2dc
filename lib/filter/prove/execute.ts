import { type ByteOrder, type Word, wordAt } from '../../bpf/data.ts'
import { type Instruction, isConditionalJump, op, opcodeName, type Program } from '../../bpf/instruction.ts'
import { arithmetic, compare } from '../../bpf/interpreter.ts'
import { strictest, type Verdict } from '../../bpf/verdict.ts'
import {
  everyCall,
  type Region,
  whereAtLeast,
  whereBelow,
  whereMatching,
  whereNotMatching,
  whereWithin,
} from './region.ts'

/** What a register holds: a number, a word of the call under a mask, or something this engine can't express. */
export type Value =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'word'; readonly word: Word; readonly mask: number }
  | { readonly kind: 'unknown'; readonly reason: string }

/** Where one way through the program stands. */
export interface State {
  readonly pc: number
  readonly a: Value
  readonly x: Value
  readonly memory: readonly Value[]
  readonly region: Region
}

/** One way through the program: the calls that take it, and what they get. */
export interface Path {
  readonly region: Region
  readonly verdict: Verdict
}

/** Thrown where the program does something the engine can't follow exactly. */
export class Undecided extends Error {
  readonly instruction: number
  /** Which program of a stack; known once the stack's walk has seen it. */
  readonly program: number | undefined
  constructor(reason: string, instruction: number, program?: number) {
    super(reason)
    this.instruction = instruction
    this.program = program
  }
}

const number = (value: number): Value => ({ kind: 'number', value })
const ALL = 0xffffffff

/** Called where the engine can't follow, with the calls that it leaves out; what it doesn't throw, it has noted. */
export type GiveUp = (undecided: Undecided, region: Region) => void

const failAtOnce: GiveUp = (undecided) => {
  throw undecided
}

/**
 * Every way through a loop-free program, exactly: the regions are apart from each other and together are all calls of
 * `start`, but for those given up, or that `isKnown` takes where they stand.
 * @throws Undecided unless `giveUp` takes it.
 */
export function* execute(
  program: Program,
  order: ByteOrder,
  start: Region = everyCall,
  giveUp: GiveUp = failAtOnce,
  isKnown?: (state: State) => boolean,
): Generator<Path> {
  const stack: State[] = [{ pc: 0, a: number(0), x: number(0), memory: [], region: start }]
  for (let state = stack.pop(); state; state = stack.pop()) {
    if (isKnown?.(state)) continue
    let path: Path | undefined
    try {
      path = advance(state, program[state.pc]!, order, stack)
    } catch (error) {
      if (!(error instanceof Undecided)) throw error
      giveUp(error, state.region)
      continue
    }
    if (path) yield path
  }
}

/**
 * One instruction: the end of a path, or pushed, where it goes on.
 * @throws Undecided
 */
export const advance = (
  state: State,
  instruction: Instruction,
  order: ByteOrder,
  stack: State[],
): Path | undefined => {
  const { code, k } = instruction
  const { region } = state
  if (code === op.RET_K) return { region, verdict: k }
  if (code === op.RET_A) {
    const value = settle(state.a, region)
    if (value.kind === 'unknown') throw new Undecided(value.reason, state.pc)
    if (value.kind === 'word') throw new Undecided('returns a word of the call as its verdict', state.pc)
    return { region, verdict: value.value }
  }
  if (isConditionalJump(code)) {
    branch(state, instruction, stack)
    return undefined
  }
  // Division by an X of zero ends the program with 0 (net/core/filter.c, bpf_convert_filter).
  const next = code === op.JA ? { ...state, pc: state.pc + 1 + k } : step(state, instruction, order)
  if (!next) return { region, verdict: 0 }
  stack.push(next)
  return undefined
}

/**
 * Every way through programs that run one after the other on the same call; the verdict is the strictest.
 * @throws Undecided, which names the program, unless `giveUp` takes it.
 */
export function* executeStack(
  programs: readonly Program[],
  order: ByteOrder,
  start: Region = everyCall,
  giveUp: GiveUp = failAtOnce,
  isKnown?: (state: State) => boolean,
): Generator<Path> {
  yield* (function* through(index: number, region: Region, verdicts: readonly Verdict[]): Generator<Path> {
    const at: GiveUp = ({ message, instruction }, part) =>
      giveUp(new Undecided(message, instruction, index), part)
    for (const path of execute(programs[index]!, order, region, at, isKnown)) {
      const all = [...verdicts, path.verdict]
      if (all.length === programs.length) yield { region: path.region, verdict: strictest(all) }
      else yield* through(index + 1, path.region, all)
    }
  })(0, start, [])
}

const step = (state: State, { code, k }: Instruction, order: ByteOrder): State | undefined => {
  // By far the most common, so written out.
  if (code === op.LD_ABS) {
    const { pc, x, memory, region } = state
    return { pc: pc + 1, a: { kind: 'word', word: wordAt(k, order), mask: ALL }, x, memory, region }
  }
  const next = { ...state, pc: state.pc + 1 }
  switch (code) {
    case op.LD_IMM:
      return { ...next, a: number(k) }
    case op.LD_LEN:
      return { ...next, a: number(64) }
    case op.LD_MEM:
      return { ...next, a: state.memory[k]! }
    case op.LDX_IMM:
      return { ...next, x: number(k) }
    case op.LDX_LEN:
      return { ...next, x: number(64) }
    case op.LDX_MEM:
      return { ...next, x: state.memory[k]! }
    case op.ST:
    case op.STX: {
      const memory = [...state.memory]
      memory[k] = code === op.ST ? state.a : state.x
      return { ...next, memory }
    }
    case op.TAX:
      return { ...next, x: state.a }
    case op.TXA:
      return { ...next, a: state.x }
    default: {
      const operand = code & 8 ? state.x : number(k)
      const divides = code === op.DIV_X || code === op.DIV_K
      if (divides && operand.kind === 'number' && operand.value === 0) return undefined
      if (divides && operand.kind !== 'number') throw new Undecided('divides by a word of the call', state.pc)
      return { ...next, a: compute(code, state.a, operand) }
    }
  }
}

const compute = (code: number, a: Value, b: Value): Value => {
  if (a.kind === 'unknown') return a
  if (b.kind === 'unknown') return b
  if (a.kind === 'number' && b.kind === 'number') return number(arithmetic(code, a.value, b.value))
  if (code === op.AND_K || code === op.AND_X) {
    const [word, constant] = a.kind === 'word' ? [a, b] : [b as typeof a, a]
    if (word.kind === 'word' && constant.kind === 'number')
      return { ...word, mask: (word.mask & constant.value) >>> 0 }
  }
  const operation = opcodeName(code)!.replace(/_.*/, '').toLowerCase()
  return { kind: 'unknown', reason: `computes with a word of the call (${operation})` }
}

/** Both sides of a conditional jump, each with the part of the region that takes it. */
const branch = (state: State, { code, jt, jf, k }: Instruction, stack: State[]): void => {
  const operand = code & 8 ? state.x : number(k)
  // Written out, not spread: this is the prover's innermost step.
  const { pc, a, x, memory, region } = state
  const go = (taken: boolean, part: Region | undefined): void => {
    if (part) stack.push({ pc: pc + 1 + (taken ? jt : jf), a, x, memory, region: part })
  }
  const left = settle(state.a, region)
  const right = settle(operand, region)
  if (left.kind === 'unknown') throw new Undecided(left.reason, pc)
  if (right.kind === 'unknown') throw new Undecided(right.reason, pc)
  if (left.kind === 'number' && right.kind === 'number') {
    go(compare(code, left.value, right.value), region)
    return
  }
  const symmetric = (code & 0xf0) === 0x10 || (code & 0xf0) === 0x40
  const [value, bound] = left.kind === 'number' && symmetric ? [right, left] : [left, right]
  if (value.kind !== 'word' || bound.kind !== 'number')
    throw new Undecided('compares two words of the call', pc)
  const { word, mask } = value
  const wanted = bound.value
  switch (code & 0xf0) {
    case 0x10: {
      const pattern = { mask, bits: wanted }
      const isPossible = (wanted & ~mask) === 0
      if (isPossible) go(true, whereMatching(region, word, pattern))
      go(false, isPossible ? whereNotMatching(region, word, pattern) : region)
      break
    }
    case 0x40: {
      const pattern = { mask: (mask & wanted) >>> 0, bits: 0 }
      go(true, whereNotMatching(region, word, pattern))
      go(false, whereMatching(region, word, pattern))
      break
    }
    default: {
      const atLeast = (code & 0xf0) === 0x30 ? wanted : wanted + 1
      if (atLeast > ALL) go(false, region)
      else if (mask === ALL) {
        go(true, whereWithin(region, word, atLeast, ALL))
        go(false, whereWithin(region, word, 0, atLeast - 1))
      } else {
        for (const part of whereAtLeast(region, word, mask, atLeast)) go(true, part)
        for (const part of whereBelow(region, word, mask, atLeast)) go(false, part)
      }
    }
  }
}

/** A word of which only one value is left is a number. */
const settle = (value: Value, region: Region): Value => {
  if (value.kind !== 'word') return value
  const set = region[value.word]!
  return set.low === set.high ? number((set.low & value.mask) >>> 0) : value
}
