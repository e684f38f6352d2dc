import { type PathStep, toPointer } from '../json/pointer.ts'
import { setPosition } from '../positions.ts'
import type { Position } from '../types.ts'
import type { IssueLog } from './issue-log.ts'

/** One value of the document, the place where it stands, and where to complain about it. */
export class Cursor {
  readonly value: unknown
  readonly log: IssueLog
  readonly #path: readonly PathStep[]
  /** The place among the siblings, level by level. */
  readonly #ranks: readonly number[]

  constructor(log: IssueLog, value: unknown, path: readonly PathStep[] = [], ranks: readonly number[] = []) {
    this.log = log
    this.value = value
    this.#path = path
    this.#ranks = ranks
  }

  /** The member or element under `step`, the `rank`th of its siblings. */
  child(step: PathStep, rank: number, value: unknown): Cursor {
    return new Cursor(this.log, value, [...this.#path, step], [...this.#ranks, rank])
  }

  /** The same place with what its value comes down to, to be read on. */
  as(value: unknown): Cursor {
    return new Cursor(this.log, value, this.#path, this.#ranks)
  }

  /** Note an issue here; undefined, so that a reader can end with it. */
  report(message: string, part: 'key' | 'value' = 'value'): undefined {
    if (this.log.full) this.log.count()
    else this.log.report(toPointer(this.#path), this.#ranks, message, part)
    return undefined
  }

  /** Where this stands. */
  place(part: 'key' | 'value' = 'value'): Position {
    return this.log.position(toPointer(this.#path), part)
  }

  /** `part` as what was read here: frozen, with its place remembered. */
  mark<T extends object>(part: T): T {
    return setPosition(Object.freeze(part), this.place())
  }
}

/** Makes one kind of value of what the document has; undefined after an issue. */
export type Reader<T> = (at: Cursor) => T | undefined
