/** How {@link wrap} breaks lines. */
export interface WrapOptions {
  /** Columns; default 80. */
  readonly width?: number
  /** What every line after the first starts with. */
  readonly indent?: string
  /** What the first line starts with. */
  readonly first?: string
}

/**
 * Words on lines of at most `width` columns, each line after the first indented.
 * @param words kept whole; one that is longer than a line has a line of its own
 */
export const wrap = (
  words: readonly string[],
  { width = 80, indent = '', first = '' }: WrapOptions = {},
): string => {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of words) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line].join('\n')
}
