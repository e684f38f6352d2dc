import { wrap } from '../wrap.ts'

/** How to print: `paint` colours a piece of text by what it is; default: none. */
export interface ExplanationStyle {
  readonly paint?: (text: string, what: 'heading' | 'good' | 'bad' | 'mixed') => string
}

/** A text on lines of at most 80 columns; names and comments from a profile can't steer the terminal. */
export const fill = (text: string, indent = '', first: string = indent): string =>
  wrap(wordsOf(text), { indent, first })

/** A short label in a column of its own, beside texts that each begin a line. */
export const beside = (label: string, column: number, ...texts: readonly string[]): string => {
  const indent = ' '.repeat(column + 4)
  const [first = '', ...rest] = texts.filter((text) => wordsOf(text).length > 0)
  return [fill(first, indent, `  ${label.padEnd(column)}  `), ...rest.map((text) => fill(text, indent))].join(
    '\n',
  )
}

/** JSON on lines of at most 80 columns; a member of the outermost object never breaks. */
export const fillJson = (value: object, indent: string): string => {
  const members = Object.entries(value)
  const pieces = members.map(([key, each], i) => {
    const end = i === members.length - 1 ? ' }' : ','
    return `${i === 0 ? '{ ' : ''}"${key}": ${spaced(each)}${end}`
  })
  return wrap(pieces, { indent: `${indent}  `, first: indent })
}

const wordsOf = (text: string): string[] =>
  text
    .replace(/\p{Cc}|[\u2028\u2029]/gu, '?')
    .split(' ')
    .filter(Boolean)

/** JSON on one line, with the spaces that people leave. */
const spaced = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, each]) => `"${key}": ${spaced(each)}`)
  return `{ ${members.join(', ')} }`
}
