/**
 * What the compiler minimises: `SIZE × instructions + Σ weight × tests executed`.
 *
 * At attach time the kernel emulates the filter once for every number of its table (kernel/seccomp.c,
 * seccomp_cache_prepare_bitmap) and verifies and compiles every instruction. One instruction costs as much as 81
 * emulated steps on one machine (over 29 filters), 28 on another: a number weighs 1 and an instruction something
 * between, for which Docker's default is as small as it gets and its calls run few instructions.
 */
export const SIZE = 64

/**
 * Refused calls weigh less than allowed ones: a program makes them once and gives up. Attaching alone would weigh
 * both the same; at a half the filters don't grow, and allowed calls run fewer instructions (measured).
 */
export const REFUSED = 0.5

/** What the numbers of one architecture weigh. */
export interface NumberWeights {
  readonly weightOf: (low: number, high: number) => number
  /** The numbers that may be worth a test of their own before all others, heaviest first. */
  readonly hot: readonly number[]
}

/**
 * Every number the kernel emulates weighs `each`; numbers above its table, which may hold `newest`, almost nothing.
 */
export const uniformWeights = (newest: number, each: number): NumberWeights => ({
  hot: [],
  weightOf: (low, high) => {
    const inTable = Math.max(0, Math.min(high, newest) - low + 1)
    return each * (inTable + Math.min(16, Math.max(0, high - Math.max(low, newest + 1) + 1)) * 0.01)
  },
})
