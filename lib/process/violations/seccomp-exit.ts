/** What a program's end has to do with its filter. */
import { findKilledCall, type KilledCall } from '../../kernel/killed-call.ts'

/** How a filter ended a program. */
export interface SeccompExit {
  /** `killed`: by the kernel, for a call. `child-killed`: it says that of a program that it ran, as shells do by code 159. */
  readonly reason: 'killed' | 'child-killed'
  /** The call, where this process may read the kernel's log, and that has it. */
  readonly call?: KilledCall
  /** For people, one sentence. */
  readonly message: string
}

/** SIGSYS is 31 on every architecture that Node runs on under Linux but MIPS; a shell adds 128 to it. */
const SHELL_SIGSYS = 128 + 31

const WHICH_CALL =
  "the kernel's log names the call ('dmesg | grep type=1326', as root), and so does onViolation: 'log' beforehand, or " +
  "'trap' in a Node program"

/**
 * How a filter ended a program; undefined when it had no part in that, as far as the end tells.
 * @param process which it was and when it began (milliseconds since 1970), to ask the kernel's log about it
 */
export const seccompExit = (
  code: number | null,
  signal: string | null,
  process?: { readonly pid: number; readonly since: number },
): SeccompExit | undefined => {
  if (signal === 'SIGSYS') {
    const call = process && findKilledCall(process.pid, process.since)
    if (!call)
      return {
        reason: 'killed',
        message: `killed by its filter (SIGSYS) for a call that its profile doesn't let it make; ${WHICH_CALL}`,
      }
    const { name, number, arch } = call
    const what = `${name ?? `call number ${number}`}${arch ? ` on ${arch}` : ''}`
    return {
      reason: 'killed',
      call,
      message: `killed by its filter (SIGSYS) for calling ${what}, which its profile doesn't let it`,
    }
  }
  if (code === SHELL_SIGSYS)
    return {
      reason: 'child-killed',
      message: `a command that it ran was killed by the filter, for 159 is a shell's word for SIGSYS; ${WHICH_CALL}`,
    }
  return undefined
}

/** Whether a filter may have had a part in an end: all others need no looking into. */
export const mayBeFilters = (code: number, signal: string): boolean =>
  signal === 'SIGSYS' || code === SHELL_SIGSYS

/** What a ChildProcess has beside Node's properties, and a result or an error of the others. */
export interface EndedBySeccomp {
  /** How its filter ended it: undefined while it runs, for any other end, and where it has no filter of ours. */
  readonly seccomp?: SeccompExit | undefined
}

/** Has a child tell, when asked: reading the kernel's log takes some milliseconds. */
export const tellExit = (child: ExitingChild, since: number): void => {
  let known: SeccompExit | undefined
  Object.defineProperty(child, 'seccomp', {
    get: () => {
      const { exitCode, signalCode, pid } = child
      known ??= seccompExit(exitCode, signalCode, pid === undefined ? undefined : { pid, since })
      return known
    },
    configurable: true,
  })
}

interface ExitingChild {
  readonly exitCode: number | null
  readonly signalCode: string | null
  readonly pid?: number | undefined
}
