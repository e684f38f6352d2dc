import { quote } from '../found.ts'
import type { PathStep } from './pointer.ts'

/** The grammar of RFC 8259, one method a production; `json.ts` is the way in. */

/** What a JSON text holds. Integers beyond 2^53 are bigint; objects have no prototype, so `__proto__` is a plain key. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject

/** A JSON object, keys in the text's order (integer-like keys first, as in every JavaScript object). */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** A profile needs 6 levels, a whole OCI configuration about 10; the bound keeps hostile text off our own stack. */
const DEEPEST = 128
/** 2^64 has 20 digits; reading millions of them exactly would take seconds. */
const MOST_DIGITS = 1000
/** A hostile text has millions of them, and a thousand are enough to refuse it. */
const MOST_DUPLICATES = 1000

/** Where and why reading stopped; `readJson` turns it into a ProfileError. */
export class SyntaxProblem extends Error {
  readonly at: number
  readonly path: readonly PathStep[]
  readonly opened: Opener | undefined

  constructor(message: string, at: number, path: readonly PathStep[], opened?: Opener) {
    super(message)
    this.at = at
    this.path = path
    this.opened = opened
  }
}

/** A bracket or quote that waits for its closing one. */
export interface Opener {
  readonly what: 'object' | 'array' | 'string'
  readonly at: number
}

/** Where a member's key and value start; for an element both are the value. */
interface Span {
  readonly key: number
  readonly value: number
}

/** Reads one text once, by recursive descent. */
export class JsonReader {
  readonly duplicates: { path: PathStep[]; at: number; first: number }[] = []
  readonly #text: string
  #at = 0
  #start = 0
  /** Where we are, and which containers are open around us. */
  readonly #path: PathStep[] = []
  readonly #open: Opener[] = []
  /** Per object, its members' places; per array, its elements'. */
  readonly #members = new Map<object, Map<string, Span>>()
  readonly #elements = new Map<object, number[]>()

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonValue {
    this.#skipSpace()
    this.#start = this.#at
    if (this.#at === this.#text.length)
      this.#fail('the document is empty; the smallest profile is {"defaultAction": "SCMP_ACT_…"}')
    const value = this.#value()
    this.#skipSpace()
    if (this.#at < this.#text.length) this.#fail(`nothing may follow the document, found ${this.#next()}`)
    return value
  }

  /** The offset of the value, or of its key, that `steps` lead to. */
  locate(root: JsonValue, steps: readonly string[], part: 'key' | 'value'): number | undefined {
    let value: unknown = root
    let span: Span | undefined = { key: this.#start, value: this.#start }
    for (const step of steps) {
      if (typeof value !== 'object' || value === null) return undefined
      const element = INDEX.test(step) ? this.#elements.get(value)?.[Number(step)] : undefined
      span =
        this.#members.get(value)?.get(step) ??
        (element === undefined ? undefined : { key: element, value: element })
      if (!span) return undefined
      value = (value as Record<string, unknown>)[step]
    }
    return span[part]
  }

  #value(): JsonValue {
    const next = this.#text[this.#at]
    if (next === '{') return this.#nested('object', () => this.#object())
    if (next === '[') return this.#nested('array', () => this.#array())
    if (next === '"') return this.#string()
    if (next === '-' || isDigit(next)) return this.#number()
    for (const [word, value] of WORDS)
      if (this.#text.startsWith(word, this.#at) && !/[\w$]/.test(this.#text[this.#at + word.length] ?? '')) {
        this.#at += word.length
        return value
      }
    return this.#fail(`expected a value, found ${this.#next()}${HINTS.get(next ?? '') ?? ''}`)
  }

  #nested<T>(what: Opener['what'], read: () => T): T {
    if (this.#open.length === DEEPEST) this.#fail(`nested deeper than ${DEEPEST} levels; a profile needs 6`)
    this.#open.push({ what, at: this.#at++ })
    const value = read()
    this.#open.pop()
    return value
  }

  #object(): JsonObject {
    const object: Record<string, JsonValue> = Object.create(null)
    const spans = new Map<string, Span>()
    this.#members.set(object, spans)
    this.#skipSpace()
    if (this.#take('}')) return object
    do {
      this.#skipSpace()
      const at = this.#at
      if (this.#text[at] !== '"') this.#failAtKey()
      const key = this.#string()
      this.#path.push(key)
      this.#skipSpace()
      if (!this.#take(':')) this.#fail(`expected ':' after the key ${quote(key)}, found ${this.#next()}`)
      this.#skipSpace()
      const span: Span = { key: at, value: this.#at }
      const value = this.#value()
      const first = spans.get(key)
      if (first) this.#noteDuplicate(at, first.key)
      else {
        spans.set(key, span)
        object[key] = value
      }
      this.#path.pop()
      this.#skipSpace()
    } while (this.#take(','))
    if (!this.#take('}')) this.#fail(`expected ',' or '}', found ${this.#next()}`)
    return object
  }

  #array(): JsonValue[] {
    const array: JsonValue[] = []
    const offsets: number[] = []
    this.#elements.set(array, offsets)
    this.#skipSpace()
    if (this.#take(']')) return array
    do {
      this.#skipSpace()
      if (this.#text[this.#at] === ']')
        this.#fail('an element must follow the comma; JSON has no trailing commas')
      this.#path.push(array.length)
      offsets.push(this.#at)
      array.push(this.#value())
      this.#path.pop()
      this.#skipSpace()
    } while (this.#take(','))
    if (!this.#take(']')) this.#fail(`expected ',' or ']', found ${this.#next()}`)
    return array
  }

  #string(): string {
    const opened = this.#at++
    let value = ''
    let from = this.#at
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === QUOTE) return value + this.#text.slice(from, this.#at++)
      if (code === BACKSLASH) {
        value += this.#text.slice(from, this.#at) + this.#escape()
        from = this.#at
      } else if (Number.isNaN(code)) {
        this.#open.push({ what: 'string', at: opened })
        this.#fail('the document ends early')
      } else if (code < 0x20) {
        const name =
          code === 0x0a || code === 0x0d
            ? 'a line break'
            : `control character ${quote(this.#text[this.#at]!)}`
        this.#fail(`${name} in a string: close the string, or write it as an escape`)
      } else this.#at++
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6)
      if (!/^[\da-fA-F]{4}$/.test(digits)) this.#fail('\\u must be followed by four hexadecimal digits')
      this.#at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const meaning = ESCAPES.get(letter)
    if (meaning === undefined)
      this.#fail(`unknown escape ${quote(`\\${letter}`)}; a backslash itself is written \\\\`)
    this.#at += 2
    return meaning
  }

  /** Integers exactly: a number where that holds all of it, else a bigint. */
  #number(): number | bigint {
    const start = this.#at
    this.#take('-')
    const zero = this.#take('0')
    if (zero && isDigit(this.#text[this.#at])) this.#fail('a number has no leading zero')
    if (zero && /[xX]/.test(this.#text[this.#at] ?? ''))
      this.#fail('JSON has no hexadecimal numbers; in quotes, as "0x10", it is read exactly')
    if (!zero) this.#digits()
    const whole = this.#at
    if (this.#take('.')) this.#digits()
    if (this.#take('e') || this.#take('E')) {
      if (!this.#take('+')) this.#take('-')
      this.#digits()
    }
    const token = this.#text.slice(start, this.#at)
    const number = Number(token)
    if (this.#at !== whole || Number.isSafeInteger(number)) return number
    if (token.length > MOST_DIGITS) {
      this.#at = start
      this.#fail(`a number of more than ${MOST_DIGITS} digits`)
    }
    return BigInt(token)
  }

  #digits(): void {
    if (!isDigit(this.#text[this.#at])) this.#fail(`expected a digit, found ${this.#next()}`)
    while (isDigit(this.#text[this.#at])) this.#at++
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  /** What stands here, for a message: a word or a character. */
  #next(): string {
    const word = /^[A-Za-z_$][\w$]*/.exec(this.#text.slice(this.#at, this.#at + 64))?.[0]
    const character = this.#text.codePointAt(this.#at)
    if (character === undefined) return 'the end of the document'
    return quote(word ?? String.fromCodePoint(character))
  }

  #noteDuplicate(at: number, first: number): void {
    if (this.duplicates.length < MOST_DUPLICATES) this.duplicates.push({ path: [...this.#path], at, first })
  }

  #failAtKey(): never {
    const next = this.#text[this.#at]
    if (next === '}') this.#fail('a member must follow the comma; JSON has no trailing commas')
    this.#fail(`expected a key in double quotes, found ${this.#next()}${HINTS.get(next ?? '') ?? ''}`)
  }

  #fail(message: string): never {
    const ended = this.#at >= this.#text.length
    throw new SyntaxProblem(message, this.#at, [...this.#path], ended ? this.#open.at(-1) : undefined)
  }
}

const INDEX = /^(?:0|[1-9]\d*)$/
const QUOTE = 0x22
const BACKSLASH = 0x5c
const WORDS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])
/** What people who write other dialects of JSON should hear. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ["'", '; JSON strings have double quotes'],
  ['/', '; JSON has no comments, a rule has "comment" for that'],
  ['#', '; JSON has no comments, a rule has "comment" for that'],
  ['+', '; a JSON number has no plus sign'],
  ['.', '; a JSON number starts with a digit'],
  [',', '; there is a comma too many'],
])

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= '0' && character <= '9'
