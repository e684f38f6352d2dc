/** What this kernel offers. Asks the kernel itself; no answer is guessed from its version. */
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { type Action, actions, verdict } from '../bpf/verdict.ts'
import { binding } from './binding.ts'
import { nameOfResult } from './errors.ts'
import { type FilterFlag, filterFlags } from './flags.ts'

/** null: the kernel wasn't reached, for a filter already in force on this process answered in its place. */
export type Answer = boolean | null

/** The kernel's sizes, in bytes, of a notification, of the answer to it, and of `struct seccomp_data`. */
export interface NotificationSizes {
  readonly notification: number
  readonly response: number
  readonly data: number
}

/** What {@link kernelSupport} finds: actions and flags by the kernel's names, each there or not. */
export interface KernelSupport {
  /** As `uname -r` has it. */
  readonly release: string
  /** Whether filters exist at all: CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER. */
  readonly filters: Answer
  readonly actions: Readonly<Record<Action, Answer>>
  readonly flags: Readonly<Record<FilterFlag, Answer>>
  /** null before Linux 5.0, or when a filter hides it. */
  readonly notificationSizes: NotificationSizes | null
  /** /proc/sys/kernel/seccomp/actions_avail, strictest first; null where there is no such file. */
  readonly actionsAvailable: readonly string[] | null
  /** /proc/sys/kernel/seccomp/actions_logged: what an administrator lets be logged. */
  readonly actionsLogged: readonly string[] | null
}

/**
 * What this kernel offers: whether it has filters, each action, each flag, notification sizes. Needs no privilege and
 * changes nothing.
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM elsewhere than on Linux, ERR_BINDING_NOT_FOUND.
 * @see seccomp(2): SECCOMP_GET_ACTION_AVAIL, SECCOMP_GET_NOTIF_SIZES
 * @example kernelSupport().actions.KILL_PROCESS // true since Linux 4.14
 */
export const kernelSupport = (): KernelSupport => {
  const native = binding()
  const sizes = native.notificationSizes()
  return {
    release: release(),
    filters: kernelAnswers.filters(),
    actions: record(actions, kernelAnswers.action),
    flags: record(Object.keys(filterFlags) as FilterFlag[], kernelAnswers.flag),
    notificationSizes:
      typeof sizes === 'number' ? null : { notification: sizes[0], response: sizes[1], data: sizes[2] },
    actionsAvailable: readWords('actions_avail'),
    actionsLogged: readWords('actions_logged'),
  }
}

/** The kernel, asked one thing at a time. */
export interface KernelAnswers {
  filters(): Answer
  action(action: Action): Answer
  flag(flag: FilterFlag): Answer
}

/** This kernel. Each throws what {@link kernelSupport} throws. */
export const kernelAnswers: KernelAnswers = {
  filters: () => flagsAnswer(0),
  action: (action) => actionAnswer(action, binding().actionAvailable(verdict(action))),
  flag: (flag) => flagsAnswer(probeBits(flag)),
}

const record = <K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> =>
  Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>

/** Two flags make sense only beside another one, and the kernel refuses them alone. */
const probeBits = (flag: FilterFlag): number => {
  const { SECCOMP_FILTER_FLAG_TSYNC: tsync, SECCOMP_FILTER_FLAG_NEW_LISTENER: listener } = filterFlags
  if (flag === 'SECCOMP_FILTER_FLAG_TSYNC_ESRCH') return filterFlags[flag] | tsync
  if (flag === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV') return filterFlags[flag] | listener
  return filterFlags[flag]
}

/** EFAULT: the kernel took the flags and went on to read the program, which the probe doesn't give it. */
const flagsAnswer = (bits: number): Answer => {
  const errno = nameOfResult(binding().probeFlags(bits))
  if (errno === 'EFAULT') return true
  return errno === 'EINVAL' || errno === 'ENOSYS' ? false : null
}

/** EINVAL is the answer of kernels that don't know the question yet (before 4.14): those have the first five. */
const actionAnswer = (action: Action, result: number): Answer => {
  if (result === 0) return true
  const errno = nameOfResult(result)
  if (errno === 'EINVAL') return firstActions.includes(action) && flagsAnswer(0)
  return errno === 'EOPNOTSUPP' || errno === 'ENOSYS' ? false : null
}

/** Of Linux 3.5, the first with filters. */
const firstActions: readonly Action[] = ['KILL_THREAD', 'TRAP', 'ERRNO', 'TRACE', 'ALLOW']

const readWords = (name: string): readonly string[] | null => {
  try {
    return readFileSync(`/proc/sys/kernel/seccomp/${name}`, 'utf8').split(/\s+/).filter(Boolean)
  } catch {
    return null
  }
}
