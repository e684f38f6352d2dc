import { ARCHITECTURE, argumentWord, type ByteOrder, NUMBER, type Word, wordAt } from '../bpf/data.ts'
import { type Instruction, isConditionalJump, op } from '../bpf/instruction.ts'
import { actionOf } from '../bpf/verdict.ts'
import { architectures, X32_BIT } from '../syscalls/architectures.ts'
import { argumentNames, argumentWidth } from '../syscalls/arguments.ts'
import { formatArgument, maskNames } from '../syscalls/constants.ts'
import { callNamed, type Known, type NamedCall, settledCall } from './flow.ts'
import { isExact, mnemonic, operand } from './operand.ts'
import { constant, hex, wordName } from './words.ts'

/** What an instruction means, by what is known where it stands; empty where its text says it all. */
export const commentOf = (instruction: Instruction, known: Known | undefined, order: ByteOrder): string => {
  const { code, k } = instruction
  if (!known) return 'never reached'
  if (code === op.RET_K && !isExact(k)) return `an action the kernel doesn't know: ${actionOf(k)}`
  if (code === op.LD_ABS) return loaded(wordAt(k, order), known)
  if (code === op.AND_K && known.a?.word === NUMBER && k === WITHOUT_X32) return "x32's numbers as x86_64's"
  return isConditionalJump(code) ? comparison(instruction, known) : ''
}

/** `family of socket`, for a load of an argument where the call is settled. */
const loaded = (word: Word, known: Known): string => {
  const call = word >= FIRST_ARGUMENT && settledCall(known)
  if (!call) return ''
  const name = argumentNames(call.name, call.arch)[indexOf(word)]
  return name ? `${name} of ${call.text}` : call.text
}

const FIRST_ARGUMENT = argumentWord(0, 'low')
const indexOf = (word: Word): number => (word - FIRST_ARGUMENT) >> 1
const isLow = (word: Word): boolean => word % 2 === 0

/** All of a number but the bit that marks x32's. */
const WITHOUT_X32 = ~X32_BIT >>> 0
const ALL = 0xffffffff

const symbols: Record<string, string> = { jeq: '==', jgt: '>', jge: '>=', jset: '&' }

const comparison = (instruction: Instruction, known: Known): string => {
  const { code, k } = instruction
  const symbol = symbols[mnemonic(code)]!
  if (!known.a) return `a ${symbol} ${operand(code, k)}`
  const { word, mask } = known.a
  if (word >= FIRST_ARGUMENT && !(code & 8)) return argumentComparison(instruction, known)
  const whole = mask === ALL || (word === NUMBER && mask === WITHOUT_X32)
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

/**
 * A comparison of one half of an argument. Where an equality has settled the other half, it is one of 64 bits; where the
 * kernel reads 32 bits only, the low half is all of it.
 */
const argumentComparison = ({ code, k }: Instruction, known: Known): string => {
  const { word, mask } = known.a!
  const call = settledCall(known)
  const name = call && argumentNames(call.name, call.arch)[indexOf(word)]
  const whole = name ?? `args[${indexOf(word)}]`
  const isNarrow = call && isLow(word) && argumentWidth(call.name, indexOf(word), call.arch) === 32
  const half = isNarrow ? whole : `${whole}.${isLow(word) ? 'low' : 'high'}`
  const symbol = symbols[mnemonic(code)]!
  if (code === op.JSET_K) return `${half} & ${bits((k & mask) >>> 0, word, call)}`
  if (mask !== ALL) return `(${half} & ${bits(mask, word, call)}) ${symbol} ${constant(k)}`
  const other = known.halves.get(word ^ 1)
  // A high half that is greater or equal decides by itself; a low one decides among equal high ones.
  if (other !== undefined && (code === op.JEQ_K || isLow(word))) {
    const value = isLow(word) ? (BigInt(other) << 32n) | BigInt(k) : (BigInt(k) << 32n) | BigInt(other)
    return `${whole} ${symbol} ${value64(value, word, call)}`
  }
  return `${half} ${symbol} ${isLow(word) ? value64(BigInt(k), word, call) : constant(k)}`
}

const value64 = (value: bigint, word: Word, call: NamedCall | undefined): string => {
  if (call) return formatArgument(call.name, indexOf(word), value, call.arch)
  return value < 0x10000n ? `${value}` : hex(value)
}

/** A mask by the flags in it. */
const bits = (mask: number, word: Word, call: NamedCall | undefined): string => {
  const value = isLow(word) ? BigInt(mask) : BigInt(mask) << 32n
  const names = call && maskNames(call.name, indexOf(word), value, call.arch)
  return names?.length ? names.join('|') : hex(mask)
}
