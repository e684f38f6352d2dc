import type { Call } from '../bpf/data.ts'
import type { PromiseName } from '../profile/presets/node/promise.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { argumentNames } from '../syscalls/arguments.ts'
import { errnoName } from '../syscalls/errno.ts'
import { formatCall, nameCall } from './call-text.ts'
import { promisesFor } from './promises-for.ts'

/** A call that a filter denied to this process. */
export interface Violation {
  /** `openat`; undefined for a number that no call has. */
  readonly name: string | undefined
  readonly number: number
  /** Undefined for one that isn't known. */
  readonly arch: ArchitectureName | undefined
  /** Six registers; beyond those that the call reads, whatever was in them. Pointers are addresses, never what is there. */
  readonly args: readonly bigint[]
  /** The thread that made it, as in /proc/self/task; 0 where the filter lets nobody ask. */
  readonly thread: number
  /** The address behind the call. */
  readonly instructionPointer: bigint
  /** What the caller got, `EACCES`. */
  readonly errno: string
  /** Any of these promises of Node would have let it through, and nothing smaller; empty where none does. */
  readonly promises: readonly PromiseName[]
  /** For people: all of the above in one line. */
  readonly message: string
}

/** What is known of a denied call, in words. */
export const describeViolation = (call: Call, thread: number, error: number): Violation => {
  const { arch, name } = nameCall(call)
  const errno = errnoName(error, arch) ?? `E${error}`
  const promises = promisesFor(call)
  const remedy = promises.length > 0 ? `this needs promise ${promises.join(' or ')}` : 'no promise covers it'
  return {
    ...{ name, arch, number: call.nr, args: call.args, instructionPointer: call.instructionPointer },
    ...{ thread, errno, promises },
    message: `${formatCall(shown(call))} denied with ${errno}: ${remedy}`,
  }
}

const MOST = 6

/** What stands in registers that the call doesn't read says nothing. */
const shown = (call: Call): Call => {
  const { arch, name } = nameCall(call)
  const count = name === undefined || !arch ? MOST : argumentNames(name, arch).length
  return { ...call, args: call.args.map((value, index) => (index < count ? value : 0n)) }
}
