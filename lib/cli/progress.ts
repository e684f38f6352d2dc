/** A line on standard error that says how far something has come, once it takes longer than a second. */
export class Progress {
  readonly #started = performance.now()
  readonly #terminal = process.stderr.isTTY === true
  #last = this.#started
  #shown = false

  /** Says it, if it is time to: four times a second on a terminal, else every five seconds. */
  say(text: string): void {
    const now = performance.now()
    if (now - this.#started < 1000) return
    if (this.#shown && now - this.#last < (this.#terminal ? 250 : 5000)) return
    process.stderr.write(this.#terminal ? `\r\x1b[K${text}` : `${text}\n`)
    this.#last = now
    this.#shown = true
  }

  /** Takes the line away again. */
  end(): void {
    if (this.#shown && this.#terminal) process.stderr.write('\r\x1b[K')
  }
}
