/** More than this of a line isn't kept: it stands at its beginning what it is, and a log may be one endless line. */
const LONGEST = 1 << 20

/** Cuts a text that comes in pieces into lines; memory stays below the longest line that is kept. */
export class LineSplitter {
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** The next piece. */
  push(piece: string): void {
    let start = 0
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      const line = piece.slice(start, end)
      this.#onLine(this.#rest === '' ? line : this.#rest + line)
      this.#rest = ''
      start = end + 1
    }
    if (this.#rest.length < LONGEST) this.#rest += piece.slice(start)
  }

  /** No piece follows: a last line without a line break is one too. */
  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest)
    this.#rest = ''
  }
}
