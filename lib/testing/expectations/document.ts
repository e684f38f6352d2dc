import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { Issue } from '../../errors.ts'
import { found } from '../../profile/found.ts'
import { type PathStep, toPointer } from '../../profile/json/pointer.ts'
import { didYouMean } from '../../profile/suggest.ts'

/** A YAML (or JSON) text as values that know their place; what is wrong with them is collected, not thrown. */
export class Document {
  readonly issues: Issue[] = []
  /** Not even YAML: what there is of it means nothing. */
  readonly isBroken: boolean = false
  readonly root: Value
  readonly #lines = new LineCounter()
  readonly #resolve: (node: unknown) => unknown

  constructor(text: string) {
    const document = parseDocument(text, {
      intAsBigInt: true,
      lineCounter: this.#lines,
      prettyErrors: false,
      version: '1.2',
    })
    this.#resolve = (node) => (isAlias(node) ? node.resolve(document) : node)
    for (const { code, message, pos } of document.errors) {
      this.#report(pos[0], [], problems[code] ?? `this is no YAML: ${message.split('\n')[0]}`)
      if (code === 'DUPLICATE_KEY') continue
      // What else the parser stumbles over follows from this.
      this.isBroken = true
      break
    }
    this.root = this.value(document.contents, [], document.contents?.range?.[0] ?? 0)
  }

  /** A node with its place; an alias stands for what it names, at the alias's own place. */
  value(node: unknown, path: readonly PathStep[], orAt: number): Value {
    const at = (node as Node | null)?.range?.[0] ?? orAt
    const value = this.#resolve(node)
    if (isAlias(node) && value === undefined)
      this.#report(at, path, `no value before this is marked &${node.source}`)
    return new Value(this, value, path, at)
  }

  place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset)
    return { line, column: col }
  }

  #report(offset: number, path: readonly PathStep[], message: string): void {
    this.issues.push({ pointer: toPointer(path), ...this.place(offset), message })
  }

  report(offset: number, path: readonly PathStep[], message: string): undefined {
    this.#report(offset, path, message)
    return undefined
  }
}

/** One value of the document. Each method gives what is asked for, or reports an issue and gives undefined. */
export class Value {
  readonly path: readonly PathStep[]
  readonly #document: Document
  readonly #node: unknown
  readonly #at: number

  constructor(document: Document, node: unknown, path: readonly PathStep[], at: number) {
    this.#document = document
    this.#node = node
    this.path = path
    this.#at = at
  }

  /** RFC 6901. */
  get pointer(): string {
    return toPointer(this.path)
  }

  get position(): { line: number; column: number } {
    return this.#document.place(this.#at)
  }

  issue(message: string): undefined {
    return this.#document.report(this.#at, this.path, message)
  }

  /** A text or a number as it is written: `6.10` stays that. */
  text(what: string): string | undefined {
    const { value, source } = this.#scalar
    if (typeof value === 'string') return value
    if (typeof value === 'bigint' || typeof value === 'number') return source ?? String(value)
    return this.issue(`${what}, not ${this.#found}`)
  }

  /** An integer, a text or null. */
  plain(what: string): bigint | string | null | undefined {
    const { value } = this.#scalar
    if (typeof value === 'bigint' || typeof value === 'string' || value === null) return value
    return this.issue(`${what}, not ${this.#found}`)
  }

  /** The elements of a list. */
  list(what: string): readonly Value[] | undefined {
    if (!isSeq(this.#node)) return this.issue(`${what}, not ${this.#found}`)
    return this.#node.items.map((item, index) => this.#document.value(item, [...this.path, index], this.#at))
  }

  /** A mapping's values; a key that isn't among `keys` is an issue, at its place. */
  fields<Key extends string>(what: string, keys: readonly Key[]): Partial<Record<Key, Value>> | undefined {
    if (!isMap(this.#node)) return this.issue(`${what}, not ${this.#found}`)
    const fields: Partial<Record<Key, Value>> = {}
    for (const { key, value } of this.#node.items as Pair[]) {
      const name = isScalar(key) ? String(key.value) : ''
      const at = (key as Node | null)?.range?.[0] ?? this.#at
      const known = keys.find((each) => each === name)
      const path = [...this.path, name]
      if (known === undefined)
        this.#document.report(
          at,
          path,
          `unknown key ${found(name)}${didYouMean(name, keys) || `; known are ${keys.join(', ')}`}`,
        )
      else fields[known] = this.#document.value(value, path, at)
    }
    return fields
  }

  get isList(): boolean {
    return isSeq(this.#node)
  }

  get isMapping(): boolean {
    return isMap(this.#node)
  }

  get #scalar(): { value: unknown; source: string | undefined } {
    if (this.#node === null) return { value: null, source: undefined }
    return isScalar(this.#node)
      ? { value: this.#node.value, source: this.#node.source }
      : { value: undefined, source: undefined }
  }

  get #found(): string {
    if (isSeq(this.#node)) return 'a list'
    if (isMap(this.#node)) return 'a mapping'
    const { value } = this.#scalar
    return value === undefined || value === null ? 'nothing' : found(value)
  }
}

/** What the parser would say in words of its own interface. */
const problems: Partial<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is here for the second time',
  MULTIPLE_DOCS: 'a second document begins here; one file has one',
}
