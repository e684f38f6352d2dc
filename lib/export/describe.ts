import type { Policy } from '../policy/policy.ts'
import type { Position } from '../profile/types.ts'
import { dockerCapabilities, capabilities as everyCapability } from '../syscalls/capabilities.ts'

/** `x86_64, Linux 6.18, Docker's capabilities, as safe`: what a policy was made for, on one line. */
export const describeTarget = ({ target, as }: Policy): string => {
  const { arch, kernel } = target
  return `${arch}, Linux ${kernel.major}.${kernel.minor}, ${describeCapabilities(target.capabilities)}, as ${as}`
}

const describeCapabilities = (held: readonly string[]): string => {
  if (held.length === 0) return 'no capabilities'
  if (held.length === everyCapability.length) return 'all capabilities'
  if (held.join() === dockerCapabilities.join()) return "Docker's capabilities"
  return held.join(' ')
}

/** Where a rule stands, safe inside a one-line comment whatever the file is called. */
export const describePlace = (position: Position | undefined): string => {
  if (!position) return ''
  const { source, line, column, pointer } = position
  const place = `${source ?? ''}${line === undefined ? '' : `:${line}:${column}`} ${pointer}`
  // Control characters and Unicode's line ends would end the comment.
  return place.trim().replace(/\p{Cc}|[\u2028\u2029]/gu, '?')
}
