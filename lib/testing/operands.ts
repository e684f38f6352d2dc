import { type ByteOrder, WORDS, type Word, wordAt } from '../bpf/data.ts'
import { isConditionalJump, isReturn, op, type Program } from '../bpf/instruction.ts'

/**
 * The constants that a program compares each word of a call with, or masks it by. A program that was changed after it was
 * compiled tells here where its edges are. Followed are words that are loaded, masked and compared; more no compiler of
 * profiles does.
 */
export const operandsOf = (program: Program, order: ByteOrder): ReadonlyMap<Word, ReadonlySet<number>> => {
  const operands = new Map(Array.from({ length: WORDS }, (_, word) => [word, new Set<number>()] as const))
  // Which words the accumulator may come from, at each instruction; jumps only go forward.
  const sources = program.map(() => new Set<Word>())
  const pass = (to: number, from: ReadonlySet<Word>): void => {
    for (const word of from) sources[to]?.add(word)
  }
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const loaded = code === op.LD_ABS ? new Set([wordAt(k, order)]) : sources[index]!
    if (isReturn(code)) continue
    if (isConditionalJump(code) || code === op.AND_K) for (const word of loaded) operands.get(word)!.add(k)
    if (code === op.JA) pass(index + 1 + k, loaded)
    else if (isConditionalJump(code)) {
      pass(index + 1 + jt, loaded)
      pass(index + 1 + jf, loaded)
    } else pass(index + 1, loaded)
  }
  return operands
}
