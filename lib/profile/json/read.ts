import { type Issue, ProfileError } from '../../errors.ts'
import { fromPointer, toPointer } from './pointer.ts'
import { JsonReader, type JsonValue, SyntaxProblem } from './reader.ts'
import { lineCounter, type TextPosition } from './text-position.ts'

/**
 * A strict JSON reader (RFC 8259) that keeps what `JSON.parse` loses: integers of any size, the place of every value
 * and key, and the fact that a key was written twice.
 */

/** A JSON text after reading. */
export interface JsonDocument {
  readonly value: JsonValue
  /** Keys written twice; the first one counts. Not a matter of syntax, so reading went on. */
  readonly duplicates: readonly Duplicate[]
  /** Where the value at an RFC 6901 pointer stands, or its key; undefined for a pointer that leads nowhere. */
  locate(pointer: string, part?: 'key' | 'value'): TextPosition | undefined
}

/** A key that its object already had. */
export interface Duplicate {
  readonly pointer: string
  readonly position: TextPosition
  readonly first: TextPosition
}

/**
 * Read a JSON text; a byte order mark before it is skipped.
 * @throws ProfileError with one issue at the first place where the text stops being JSON.
 * @example readJson('{"value": 18446744073709551615}').value // { value: 18446744073709551615n }
 */
export const readJson = (text: string, source?: string): JsonDocument => {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  const position = lineCounter(body)
  const reader = new JsonReader(body)
  try {
    const value = reader.document()
    return {
      value,
      duplicates: reader.duplicates.map(({ path, at, first }) => ({
        pointer: toPointer(path),
        position: position(at),
        first: position(first),
      })),
      locate: (pointer, part = 'value') => {
        const offset = reader.locate(value, fromPointer(pointer), part)
        return offset === undefined ? undefined : position(offset)
      },
    }
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    const { line, column } = position(error.at)
    const opener = error.opened && position(error.opened.at)
    const unclosed = opener
      ? `; the ${error.opened?.what} opened at ${opener.line}:${opener.column} isn't closed`
      : ''
    const issue: Issue = { pointer: toPointer(error.path), line, column, message: error.message + unclosed }
    throw new ProfileError([issue], source)
  }
}
