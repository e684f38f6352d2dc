import { printable } from '../errors.ts'
import { kindOf } from '../given.ts'

/** How much of a text a message shows. */
const LONGEST = 40

/** How a message names a value it didn't expect: short, on one line, and harmless on a terminal. */
export const found = (value: unknown): string => {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'bigint') return shorten(`${value}`, LONGEST)
  return kindOf(value)
}

/** The text in quotes, cut to a readable length. */
export const quote = (text: string, longest: number = LONGEST): string =>
  // JSON escapes line breaks and quotes, but not all that a terminal obeys.
  printable(JSON.stringify(shorten(text, longest)))

const shorten = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text
