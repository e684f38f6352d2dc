/** Columns as wide as their widest cell; numbers to the right, text to the left. */
export const table = (head, rows) => {
  const cells = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i].length)))
  const isNumber = (text) => /^[\d.]/.test(text)
  return cells
    .map((row, line) =>
      row
        .map((text, i) =>
          isNumber(text) || (line === 0 && i > 1) ? text.padStart(widths[i]) : text.padEnd(widths[i]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
