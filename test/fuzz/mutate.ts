import type { Random } from '../random.ts'

const NUMBERS = ['0', '-1', '1e400', '4294967296', '18446744073709551615', '18446744073709551616', '0x', '6']
const BYTES = [0, 1, 0x0a, 0x22, 0x5c, 0x7f, 0x80, 0xc0, 0xff]

type Mutation = (input: Uint8Array, random: Random, words: readonly string[], other: Uint8Array) => Uint8Array

/** `input` with `length` bytes from `start` on replaced. */
const replace = (input: Uint8Array, start: number, length: number, patch: Uint8Array): Uint8Array =>
  Buffer.concat([input.subarray(0, start), patch, input.subarray(start + length)])

/** A random piece: most are short. */
const piece = (input: Uint8Array, random: Random): Uint8Array => {
  const start = random.below(input.length + 1)
  const longest = random.chance(4) ? input.length : 16
  return input.subarray(start, start + 1 + random.below(longest + 1))
}

const mutations: readonly Mutation[] = [
  // One bit, one byte.
  (input, random) => {
    const at = random.below(input.length)
    return replace(input, at, 1, Uint8Array.of(input[at]! ^ (1 << random.below(8))))
  },
  (input, random) => replace(input, random.below(input.length + 1), 1, Uint8Array.of(random.of(BYTES))),
  (input, random) =>
    replace(input, random.below(input.length + 1), random.below(2), Uint8Array.of(random.below(256))),
  // A piece gone, doubled, moved, or from another input.
  (input, random) => {
    const gone = piece(input, random)
    return replace(input, gone.byteOffset - input.byteOffset, gone.length, new Uint8Array())
  },
  (input, random) => replace(input, random.below(input.length + 1), 0, piece(input, random)),
  (input, random) => {
    const patch = piece(input, random)
    return replace(input, random.below(input.length + 1), patch.length, patch)
  },
  (input, random, _, other) => {
    const patch = piece(other, random)
    return replace(input, random.below(input.length + 1), random.chance(2) ? 0 : patch.length, patch)
  },
  // A word that the reader knows; another number.
  (input, random, words) => {
    const word = Buffer.from(random.of(words))
    return replace(input, random.below(input.length + 1), random.chance(2) ? 0 : word.length, word)
  },
  (input, random) => {
    const digits = [...Buffer.from(input).toString('latin1').matchAll(/\d+/g)]
    if (digits.length === 0) return input
    const { 0: text, index } = random.of(digits)
    const next = random.chance(2) ? random.of(NUMBERS) : String(BigInt(text) + BigInt(random.below(3)) - 1n)
    return replace(input, index, text.length, Buffer.from(next))
  },
]

/** An input made of another by one to six small changes. */
export const mutate = (
  input: Uint8Array,
  random: Random,
  { words, longest, other }: { words: readonly string[]; longest: number; other: Uint8Array },
): Uint8Array => {
  let result = Uint8Array.from(input)
  for (let left = 1 + random.below(6); left > 0; left--)
    result = Uint8Array.from(random.of(mutations)(result, random, words, other)).subarray(0, longest)
  return result
}
