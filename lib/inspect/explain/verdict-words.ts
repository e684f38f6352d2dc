import { type Action, actionOf, dataOf, type Verdict } from '../../bpf/verdict.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { errnoName } from '../../syscalls/errno.ts'

/** What becomes of a call: it is made, a tracer or supervisor decides, or it isn't made. */
export type Fate = 'allowed' | 'referred' | 'denied'

const fates: Record<Action, Fate> = {
  ALLOW: 'allowed',
  LOG: 'allowed',
  TRACE: 'referred',
  NOTIFY: 'referred',
  ERRNO: 'denied',
  TRAP: 'denied',
  KILL_THREAD: 'denied',
  KILL_PROCESS: 'denied',
}

/** What becomes of a call with this verdict. */
export const fateOf = (verdict: Verdict): Fate => fates[actionOf(verdict)]

/** Whether a call with this verdict is made; undefined, a verdict that hangs on arguments, is no yes. */
export const isMade = (verdict: Verdict | undefined): boolean =>
  verdict !== undefined && fateOf(verdict) === 'allowed'

/** What the caller notices, as the end of a sentence that begins with the call (seccomp(2), "filter return values"). */
export const verdictWords = (verdict: Verdict, arch: ArchitectureName): string => {
  switch (actionOf(verdict)) {
    case 'ALLOW':
      return 'is made.'
    case 'LOG':
      return 'is made, and logged.'
    case 'ERRNO':
      return errorWords(dataOf(verdict), arch)
    case 'KILL_PROCESS':
      return 'kills the process (SIGSYS).'
    case 'KILL_THREAD':
      return 'kills the thread that makes it, and leaves the others waiting.'
    case 'TRAP':
      return 'is not made; the program gets SIGSYS, which it may handle.'
    case 'TRACE':
      return 'is left to a tracer; without one it fails with ENOSYS.'
    case 'NOTIFY':
      return 'is left to a supervisor; without one it fails with ENOSYS.'
  }
}

const errorWords = (data: number, arch: ArchitectureName): string => {
  if (data === 0) return 'is skipped and seems to succeed.'
  const name = errnoName(data, arch) ?? `error ${data}`
  if (name === 'EPERM') return 'fails with EPERM, "Operation not permitted".'
  return name === 'ENOSYS' ? 'fails with ENOSYS, as if this kernel had no such call.' : `fails with ${name}.`
}
