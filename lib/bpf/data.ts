/**
 * What a filter reads: `struct seccomp_data` (include/uapi/linux/seccomp.h), sixteen 32-bit words.
 *
 * A {@link Word} names a half independently of byte order: word 0 is the number, 1 the architecture, then pairs
 * (low, high) of the instruction pointer and the six arguments. Where a half lies in memory depends on the machine.
 */

/** One call as the kernel shows it to a filter. */
export interface Call {
  /** `AUDIT_ARCH_*` word, u32. */
  readonly arch: number
  /** System call number, u32 (x32 numbers carry bit 30). */
  readonly nr: number
  /** Six 64-bit arguments. */
  readonly args: readonly bigint[]
  readonly instructionPointer: bigint
}

/** 0 number, 1 architecture, 2/3 instruction pointer low/high, 4+2i / 5+2i argument i low/high. */
export type Word = number

export const NUMBER: Word = 0
export const ARCHITECTURE: Word = 1
export const WORDS = 16

/** The low or high word of argument `index`. */
export const argumentWord = (index: number, half: 'low' | 'high'): Word =>
  4 + 2 * index + (half === 'low' ? 0 : 1)

/** In which a machine reads `struct seccomp_data` and the filter itself. */
export type ByteOrder = 'little' | 'big'

/** Byte offset in `struct seccomp_data` of a word, and back: the two halves swap on big-endian machines. */
export const offsetOf = (word: Word, order: ByteOrder): number =>
  4 * (word < 2 || order === 'little' ? word : word ^ 1)

/** The word at a byte offset; the inverse of {@link offsetOf}. */
export const wordAt = (offset: number, order: ByteOrder): Word =>
  offset < 8 || order === 'little' ? offset / 4 : (offset / 4) ^ 1

/** The sixteen words of a call. */
export const wordsOf = (call: Call): Uint32Array => {
  const words = new Uint32Array(WORDS)
  words[NUMBER] = call.nr
  words[ARCHITECTURE] = call.arch
  const put = (word: Word, value: bigint): void => {
    words[word] = Number(value & 0xffffffffn)
    words[word + 1] = Number((value >> 32n) & 0xffffffffn)
  }
  put(2, call.instructionPointer)
  for (let i = 0; i < 6; i++) put(argumentWord(i, 'low'), call.args[i] ?? 0n)
  return words
}

/** The call with these sixteen words; the inverse of {@link wordsOf}. */
export const callOf = (words: ArrayLike<number>): Call => {
  const pair = (word: Word): bigint => (BigInt(words[word + 1]!) << 32n) | BigInt(words[word]!)
  return {
    nr: words[NUMBER]!,
    arch: words[ARCHITECTURE]!,
    instructionPointer: pair(2),
    args: [0, 1, 2, 3, 4, 5].map((i) => pair(argumentWord(i, 'low'))),
  }
}
