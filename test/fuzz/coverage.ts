import { type Profiler, Session } from 'node:inspector'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const LIB = pathToFileURL(join(import.meta.dirname, '../../lib')).href

/**
 * Which code of ours ran, from V8's own counters: every character of a source is reached or not. Characters, because
 * V8 reports a block only where its count isn't that of the code around it.
 */
export class Coverage {
  readonly #session = new Session()
  readonly #code: readonly string[]
  readonly #reached = new Map<string, Uint8Array>()

  /** @param code how the paths below lib/ begin that count */
  constructor(code: readonly string[]) {
    this.#code = code.map((each) => `${LIB}/${each}`)
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Ends it: V8 optimizes again. */
  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
  }

  /**
   * What ran since the last call and had never run before, as `url:offset`s of where each new stretch begins.
   * @param keep whether it counts as reached from now on
   */
  take(keep = true): string[] {
    const fresh: string[] = []
    for (const { url, functions } of this.#counters()) {
      if (!this.#code.some((start) => url.startsWith(start))) continue
      for (const { ranges } of functions) fresh.push(...this.#newIn(url, ranges, keep))
    }
    return fresh
  }

  #counters(): Profiler.ScriptCoverage[] {
    let result: Profiler.ScriptCoverage[] = []
    // Within one process the answer comes before post returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error) throw error
      result = taken.result
    })
    return result
  }

  #newIn(url: string, ranges: readonly Profiler.CoverageRange[], keep: boolean): string[] {
    const { startOffset: start, endOffset: end, count } = ranges[0]!
    if (count === 0) return []
    const ran = new Uint8Array(end - start)
    // Outer ranges come first.
    for (const range of ranges)
      ran.fill(range.count ? 1 : 0, range.startOffset - start, range.endOffset - start)
    let reached = this.#reached.get(`${url}:${start}`)
    if (!reached) {
      reached = new Uint8Array(end - start)
      if (keep) this.#reached.set(`${url}:${start}`, reached)
    }
    const fresh: string[] = []
    for (let at = 0; at < ran.length; at++) {
      if (!ran[at] || reached[at]) continue
      if (at === 0 || !ran[at - 1] || reached[at - 1]) fresh.push(`${url}:${start + at}`)
    }
    if (keep) for (let at = 0; at < ran.length; at++) reached[at]! |= ran[at]!
    return fresh
  }

  /** How many characters of source were reached: grows, and says when fuzzing has come to rest. */
  get characters(): number {
    let sum = 0
    for (const each of this.#reached.values()) for (const byte of each) sum += byte
    return sum
  }
}
