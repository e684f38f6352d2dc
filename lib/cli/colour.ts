import type { WriteStream } from 'node:tty'

/** Whether a stream shows colours: a terminal, unless NO_COLOR (no-color.org) or TERM says otherwise. */
const showsColours = (stream: Pick<WriteStream, 'isTTY'>): boolean => {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0'
  return stream.isTTY === true && TERM !== 'dumb'
}

const codes = { heading: '1', good: '32', bad: '31', mixed: '33' } as const

/** Colours for standard output: bold headings, green, red and yellow answers; plain text where it is no terminal. */
export const painter = (): ((text: string, what: keyof typeof codes) => string) =>
  showsColours(process.stdout) ? (text, what) => `\x1b[${codes[what]}m${text}\x1b[0m` : (text) => text
