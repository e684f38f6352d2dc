import { type Issue, ProfileError } from '../../errors.ts'
import type { JsonDocument } from '../json/read.ts'
import type { Position } from '../types.ts'

/** More issues than this are counted, not kept: nobody reads them, and a hostile document has millions. */
const MOST = 1000

/** The issues found so far, whatever order the parser's checks run in. */
export class IssueLog {
  readonly #source: string | undefined
  readonly #document: JsonDocument | undefined
  readonly #issues: { readonly issue: Issue; readonly order: readonly number[] }[] = []
  #more = 0

  /** `document` is what the profile was read from, if it was read from text. */
  constructor(source?: string, document?: JsonDocument) {
    this.#source = source
    this.#document = document
    for (const { pointer, position, first } of document?.duplicates ?? [])
      this.#add([position.offset], {
        pointer,
        line: position.line,
        column: position.column,
        message: `the key stands twice in its object, first at ${first.line}:${first.column}; keep one`,
      })
  }

  /** Whether another issue can only be counted. */
  get full(): boolean {
    return this.#issues.length >= MOST
  }

  /** Count an issue that nobody will read. */
  count(): void {
    this.#more++
  }

  /** Note an issue; `ranks` say where it stands among its parents' children, for documents without text. */
  report(pointer: string, ranks: readonly number[], message: string, part: 'key' | 'value'): void {
    const place = this.#document?.locate(pointer, part)
    if (place) this.#add([place.offset], { pointer, line: place.line, column: place.column, message })
    else this.#add(ranks, { pointer, message })
  }

  /** Where a value or its key stands, for later messages about it. */
  position(pointer: string, part: 'key' | 'value'): Position {
    const place = this.#document?.locate(pointer, part)
    return {
      pointer,
      ...(this.#source !== undefined && { source: this.#source }),
      ...(place && { line: place.line, column: place.column }),
    }
  }

  /** @throws ProfileError with every issue, in document order, if there is one. */
  throwIfAny(): void {
    if (this.#issues.length === 0) return
    const issues = this.#issues.toSorted((a, b) => compare(a.order, b.order)).map(({ issue }) => issue)
    if (this.#more > 0) issues.push({ pointer: '', message: `and ${this.#more} more issues` })
    throw new ProfileError(issues, this.#source)
  }

  #add(order: readonly number[], issue: Issue): void {
    if (this.full) this.count()
    else this.#issues.push({ order, issue })
  }
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  for (const [depth, rank] of a.entries()) {
    const other = b[depth]
    if (other === undefined) return 1
    if (rank !== other) return rank - other
  }
  return a.length - b.length
}
