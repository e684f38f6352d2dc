import { type ByteOrder, wordAt } from '../../bpf/data.ts'
import { isConditionalJump, isReturn, op, type Program } from '../../bpf/instruction.ts'
import type { CallPolicy } from '../../policy/policy.ts'
import { MANY } from './candidates.ts'
import type { State, Value } from './execute.ts'
import type { Meaning } from './meaning.ts'
import type { WordSet } from './word-set.ts'

/**
 * Ways through a program part and meet again; where rules are many, too often to walk all of them. This remembers what
 * was to be shown where they meet: the instruction, what registers hold, which rules of the call are still open and
 * what they still ask, and what is known of the words that the rest of the program or those rules read. Nothing else
 * can matter from there on, so the second way that says the same has nothing new to show.
 */
export class Joins {
  readonly #program: Program
  readonly #meaning: Meaning
  readonly #isJoin: readonly boolean[]
  /** The words that the program may still load from each instruction on, one bit each. */
  readonly #reads: readonly number[]
  readonly #ids = new WeakMap<WordSet, number>()
  readonly #texts = new Map<string, number>()
  readonly #seen = new Map<CallPolicy, Set<string>>()
  #asked = 0
  #known = 0
  #characters = 0
  #isOff = false

  constructor(program: Program, order: ByteOrder, meaning: Meaning) {
    this.#program = program
    this.#meaning = meaning
    const entries = new Array<number>(program.length).fill(0)
    const reads = new Array<number>(program.length).fill(0)
    for (let pc = program.length - 1; pc >= 0; pc--) {
      const { code, k, jt, jf } = program[pc]!
      if (code === op.LD_ABS) reads[pc] = 1 << wordAt(k, order)
      const targets = isReturn(code)
        ? []
        : isConditionalJump(code)
          ? [...new Set([pc + 1 + jt, pc + 1 + jf])]
          : [pc + 1 + (code === op.JA ? k : 0)]
      for (const target of targets) {
        entries[target]!++
        reads[pc]! |= reads[target]!
      }
    }
    this.#isJoin = entries.map((count, pc) => count > 1 && !isReturn(program[pc]!.code))
    this.#reads = reads
  }

  /** Equal sets, equal numbers. Regions share most of their sets, so a set is looked at once. */
  #idOf(set: WordSet): number {
    const known = this.#ids.get(set)
    if (known !== undefined) return known
    const text = textOf(set)
    let id = this.#texts.get(text)
    if (id === undefined) {
      id = this.#texts.size
      this.#texts.set(text, id)
      this.#characters += text.length
    }
    this.#ids.set(set, id)
    return id
  }

  /** Whether all there is to show of a state was to be shown before. */
  isKnown({ pc, a, x, memory, region }: State): boolean {
    if (this.#isOff || !this.#isJoin[pc]) return false
    const call = this.#meaning.callOf(region)
    if (!call || call.rules.length < MANY) return false
    const { code } = this.#program[pc]!
    const held = [LOADS.has(code) ? undefined : a, x, ...memory]
    if (held.some((value) => value?.kind === 'unknown')) return false
    const open = this.#meaning.openRules(region, call)
    let words = this.#reads[pc]! | open.words
    for (const value of held) if (value?.kind === 'word') words |= 1 << value.word
    let key = `${pc};${held.map(nameOf).join(' ')};${open.key};`
    for (let word = 0; word < region.length; word++)
      if (words & (1 << word)) key += `${this.#idOf(region[word]!)} `
    const seen = this.#seen.get(call) ?? new Set()
    this.#seen.set(call, seen)
    const isKnown = seen.has(key)
    if (isKnown) this.#known++
    else {
      seen.add(key)
      this.#characters += key.length
    }
    if (++this.#asked > TRIAL && (this.#known < this.#asked / WORTH || this.#characters > ROOM)) this.#stop()
    return isKnown
  }

  /** Programs that try rule after rule seldom come to the same point twice: then remembering only costs. */
  #stop(): void {
    this.#isOff = true
    this.#seen.clear()
    this.#texts.clear()
  }
}

/** After this many questions, one of this many must have been known. */
const TRIAL = 10_000
const WORTH = 4

/** How much text to keep: about a hundred megabytes. */
const ROOM = 50_000_000

/** What fills the accumulator: what it held before doesn't matter. */
const LOADS: ReadonlySet<number> = new Set([op.LD_ABS, op.LD_IMM, op.LD_MEM, op.LD_LEN])

const nameOf = (value: Value | undefined): string => {
  if (value?.kind === 'number') return `${value.value}`
  return value?.kind === 'word' ? `${value.word}&${value.mask}` : ''
}

/** Equal texts, equal sets. */
const textOf = ({ low, high, known, bits, excluded }: WordSet): string =>
  `${low}-${high}&${known}=${bits}!${excluded.map((each) => `${each.mask}=${each.bits}`).sort()}`
