import { found, quote } from '../found.ts'
import { didYouMean, suggest } from '../suggest.ts'
import type { Cursor, Reader } from './cursor.ts'

/** The keys an object may have, and how each is read. */
export type Shape = Readonly<Record<string, Reader<unknown>>>

/** What was read of an object. */
export interface Members<S extends Shape> {
  /** The values that are there and right. */
  readonly values: { readonly [K in keyof S]?: Exclude<ReturnType<S[K]>, undefined> }
  /** The member under a key, if the document has it. */
  readonly at: (key: keyof S) => Cursor | undefined
  /** Report `message` at the object unless one of the keys, or a misspelling of it, is there. */
  readonly require: (message: string, ...keys: (keyof S & string)[]) => void
}

/**
 * Read an object by its shape. Unknown keys are issues: a misspelt one would otherwise be a rule that silently doesn't
 * hold. `null` is the same as leaving a key out, as in Go, where these files come from.
 */
export const readObject = <S extends Shape>(at: Cursor, what: string, shape: S): Members<S> | undefined => {
  if (!isObject(at.value)) return at.report(`${what} must be an object, found ${found(at.value)}`)
  const values: Record<string, unknown> = {}
  const members = new Map<keyof S, Cursor>()
  const meant = new Set<string | undefined>()
  for (const [rank, [key, value]] of Object.entries(at.value).entries()) {
    const member = at.child(key, rank, value)
    if (!Object.hasOwn(shape, key)) {
      if (at.log.full) continue
      const known = Object.keys(shape)
      meant.add(suggest(key, known))
      member.report(`${what} has no key ${quote(key)}${didYouMean(key, known)}`, 'key')
    } else if (value !== null && value !== undefined) {
      members.set(key, member)
      const read = shape[key]!(member)
      if (read !== undefined) values[key] = read
    }
  }
  return {
    values: values as Members<S>['values'],
    at: (key) => members.get(key),
    require: (message, ...keys) => {
      if (!keys.some((key) => members.has(key) || meant.has(key))) at.report(message)
    },
  }
}

/** Whether a value is what JSON calls an object. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
