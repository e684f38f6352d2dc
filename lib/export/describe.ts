export { describeTarget } from '../policy/format.ts'

import type { Position } from '../profile/types.ts'

/** Where a rule stands, safe inside a one-line comment whatever the file is called. */
export const describePlace = (position: Position | undefined): string => {
  if (!position) return ''
  const { source, line, column, pointer } = position
  const place = `${source ?? ''}${line === undefined ? '' : `:${line}:${column}`} ${pointer}`
  // Control characters and Unicode's line ends would end the comment.
  return place.trim().replace(/\p{Cc}|[\u2028\u2029]/gu, '?')
}
