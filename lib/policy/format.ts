import { actionOf, dataOf, type Verdict } from '../bpf/verdict.ts'
import type { Position } from '../profile/types.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { errnoName } from '../syscalls/errno.ts'

/** A verdict as people write it: `ALLOW`, `ERRNO(EPERM)`, `TRACE(7)`. Error numbers are those of `arch`. */
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
