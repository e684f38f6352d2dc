/** A reader under fuzzing. */
export interface Target {
  readonly name: string
  /** Files below lib/ whose code counts as reached: how their paths begin. */
  readonly code: readonly string[]
  /** Inputs to begin with, where the corpus has none yet. */
  readonly seeds: readonly (string | Uint8Array)[]
  /** What else the reader knows: words that a mutation puts in. */
  readonly words: readonly string[]
  /** In bytes. */
  readonly longest: number
  /** Throws where the reader does what it must not. */
  run(input: Uint8Array): void
}

const decoder = new TextDecoder()

/** An input as the text it is, broken UTF-8 replaced. */
export const textOf = (input: Uint8Array): string => decoder.decode(input)
