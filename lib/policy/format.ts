import { actionOf, dataOf, type Verdict } from '../bpf/verdict.ts'
import type { Position } from '../profile/types.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { dockerCapabilities, capabilities as everyCapability } from '../syscalls/capabilities.ts'
import { errnoName } from '../syscalls/errno.ts'
import type { Policy } from './policy.ts'

/**
 * A verdict as people write it: `ALLOW`, `ERRNO(EPERM)`, `TRACE(7)`. Error numbers are those of `arch`.
 * @example formatVerdict(0x50001) // 'ERRNO(EPERM)'
 */
export const formatVerdict = (value: Verdict, arch?: ArchitectureName): string => {
  const action = actionOf(value)
  const data = dataOf(value)
  if (action === 'ERRNO') return `ERRNO(${errnoName(data, arch) ?? data})`
  return data ? `${action}(${data})` : action
}

/** A place in a profile: `web.json:41:9 /syscalls/3`. */
export const formatPosition = (position: Position | undefined): string => {
  if (!position) return 'a rule'
  const line = position.line === undefined ? '' : `:${position.line}:${position.column}`
  const file = position.source ? `${position.source}${line} ` : ''
  return `${file}${position.pointer || '(document)'}`
}

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
