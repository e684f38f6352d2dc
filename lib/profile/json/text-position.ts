/** A place in a text, both counted from 1, the column in UTF-16 units, as editors and TypeScript count. */
export interface TextPosition {
  readonly line: number
  readonly column: number
  /** The same, as an index into the text. */
  readonly offset: number
}

/** Line and column of any offset in `text`. Lines end at `\n`, `\r\n` or a lone `\r`. */
export const lineCounter = (text: string): ((offset: number) => TextPosition) => {
  let starts: number[] | undefined
  return (offset) => {
    // Most documents are right and need few positions, so lines are found at the first question only.
    starts ??= lineStarts(text)
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - starts[low]! + 1, offset }
  }
}

const lineStarts = (text: string): number[] => {
  const starts = [0]
  for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length)
  return starts
}
