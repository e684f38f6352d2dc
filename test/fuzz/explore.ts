import { Random } from '../random.ts'
import { keepFailure, keepRunning, readCorpus, writeCorpus } from './corpus.ts'
import { Coverage } from './coverage.ts'
import { mutate } from './mutate.ts'
import type { Target } from './target.ts'
import { tryInput } from './trial.ts'

/** What came of a run. */
export interface Explored {
  readonly inputs: number
  readonly corpus: number
  readonly characters: number
}

/** Reading V8's counters costs as much as some dozen inputs: they are read once for as many. */
const BATCH = 48

/** Far above what any input of these sizes takes, also on a machine that does much else. */
const SLOW = 20_000

/**
 * Fuzzing guided by coverage: inputs are made of those in the corpus, and one that reaches code none has reached
 * before joins them, cut to what it needs for that. Adds them to the kept ones.
 */
export const explore = (target: Target, seed: number, milliseconds: number): Explored => {
  const end = performance.now() + milliseconds
  const random = new Random(seed)
  const coverage = new Coverage(target.code)
  const corpus: Uint8Array[] = []
  let inputs = 0

  const run = (input: Uint8Array): void => {
    inputs++
    const started = performance.now()
    tryInput(target, input)
    const took = performance.now() - started
    if (took > SLOW)
      throw new Error(`${target.name}: ${took.toFixed(0)} ms for the input in ${keepFailure(target, input)}`)
  }
  /** Takes up an input if it reaches anything new. */
  const consider = (input: Uint8Array, isShort = false): void => {
    run(input)
    const fresh = coverage.take(false)
    if (fresh.length === 0) return
    const kept = isShort ? input : shorten(input, fresh)
    run(kept)
    coverage.take()
    corpus.push(kept)
  }
  const shorten = (input: Uint8Array, fresh: readonly string[]): Uint8Array => {
    let short = input
    for (let size = input.length >> 1; size > 0; size >>= 1)
      for (let at = 0, tries = 0; at + size <= short.length && tries < 8; tries++) {
        const cut = Buffer.concat([short.subarray(0, at), short.subarray(at + size)])
        run(cut)
        const reached = new Set(coverage.take(false))
        if (fresh.every((each) => reached.has(each))) short = cut
        else at += size
      }
    return short
  }

  try {
    coverage.take()
    for (const input of readCorpus(target).sort((a, b) => a.length - b.length)) consider(input, true)
    while (performance.now() < end) {
      const batch = Array.from({ length: BATCH }, () =>
        mutate(pick(corpus, random), random, { ...target, other: pick(corpus, random) }),
      )
      keepRunning(target, batch)
      for (const input of batch) run(input)
      if (coverage.take(false).length > 0) for (const input of batch) consider(input)
    }
    // Also those that reached nothing new today: what code a process has run before them differs.
    writeCorpus(target, [...readCorpus(target), ...corpus])
    return { inputs, corpus: corpus.length, characters: coverage.characters }
  } finally {
    coverage.stop()
  }
}

/** Every other time one of the newest: what they reached has been looked at least. */
const pick = (corpus: readonly Uint8Array[], random: Random): Uint8Array =>
  random.chance(2) ? random.of(corpus) : random.of(corpus.slice(-16))
