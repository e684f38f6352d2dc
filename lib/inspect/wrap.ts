/**
 * Words on lines of at most `width` columns, each line after the first indented.
 * @param words kept whole; one that is longer than a line has a line of its own
 */
export const wrap = (words: readonly string[], { width = 80, indent = '', first = '' } = {}): string => {
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
