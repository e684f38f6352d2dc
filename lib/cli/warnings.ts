import { formatPosition } from '../policy/format.ts'
import type { Warning } from '../policy/policy.ts'
import type { Position } from '../profile/types.ts'

/**
 * Says on standard error what the reader of a profile should know. What holds on several architectures or in several
 * places is said once, with the first place in front and the others behind.
 */
export const printWarnings = (warnings: readonly Warning[]): void => {
  for (const line of warningLines(warnings)) process.stderr.write(`warning: ${line}\n`)
}

/** {@link printWarnings}, as lines. */
export const warningLines = (warnings: readonly Warning[]): string[] => {
  const places = new Map<string, Map<string, Position | undefined>>()
  for (const { message, kind, position } of warnings) {
    const said = `${message} [${kind}]`
    const known = places.get(said) ?? new Map<string, Position | undefined>()
    places.set(said, known.set(formatPosition(position), position))
  }
  return [...places].map(([said, known]) => {
    const [first, ...others] = known.keys()
    const named = [...known.values()]
      .slice(1, 1 + MAX_OTHERS)
      .map(short)
      .join(', ')
    const more = others.length > MAX_OTHERS ? ` and ${others.length - MAX_OTHERS} more places` : ''
    const also = others.length ? ` (and at ${named}${more})` : ''
    return `${first}: ${said}${also}`
  })
}

/** A profile may have thousands of places that a reader sees to as one. */
const MAX_OTHERS = 20

/** A place in a file that was named already. */
const short = (position: Position | undefined): string => {
  if (!position) return 'a rule'
  return position.line === undefined ? position.pointer : `${position.line}:${position.column}`
}
