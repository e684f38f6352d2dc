/**
 * Verdicts as the kernel encodes them: a filter returns a u32, action in the high half, data in the low 16 bits.
 * Sources: include/uapi/linux/seccomp.h, kernel/seccomp.c (__seccomp_filter).
 */

/** What the kernel does with a call, strictest first: the order in which stacked filters win. */
export const actions = [
  'KILL_PROCESS',
  'KILL_THREAD',
  'TRAP',
  'ERRNO',
  'NOTIFY',
  'TRACE',
  'LOG',
  'ALLOW',
] as const

/** A name of `SECCOMP_RET_*` (include/uapi/linux/seccomp.h), without that prefix. */
export type Action = (typeof actions)[number]

/** A filter's return value, u32. */
export type Verdict = number

const values: Record<Action, number> = {
  KILL_PROCESS: 0x80000000,
  KILL_THREAD: 0x00000000,
  TRAP: 0x00030000,
  ERRNO: 0x00050000,
  NOTIFY: 0x7fc00000,
  TRACE: 0x7ff00000,
  LOG: 0x7ffc0000,
  ALLOW: 0x7fff0000,
}
const byValue = new Map(actions.map((action) => [values[action], action]))

/**
 * The verdict of an action with its data (errno, trace or trap data; u16).
 * @example verdict('ERRNO', 1) // 0x50001
 */
export const verdict = (action: Action, data = 0): Verdict => (values[action] | (data & 0xffff)) >>> 0

/**
 * The action of a verdict. The kernel treats an action it doesn't know as KILL_PROCESS (kernel/seccomp.c,
 * __seccomp_filter).
 * @example actionOf(0x50001) // 'ERRNO'
 */
export const actionOf = (value: Verdict): Action => byValue.get((value & 0xffff0000) >>> 0) ?? 'KILL_PROCESS'

/**
 * The data of a verdict: the errno of ERRNO.
 * @example dataOf(0x50001) // 1
 */
export const dataOf = (value: Verdict): number => value & 0xffff

/** How strict an action is: 0 is the strictest. */
export const strictness = (action: Action): number => actions.indexOf(action)

/**
 * What the kernel makes of the verdicts of stacked filters, given in the order they were installed: the lowest action
 * as a signed number; between equals, the newest filter's (kernel/seccomp.c, seccomp_run_filters).
 */
export const strictest = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.reduceRight((kept, each) => ((each & 0xffff0000) < (kept & 0xffff0000) ? each : kept))

/**
 * A verdict as the kernel acts on it (kernel/seccomp.c, __seccomp_filter): errno is capped, and only ERRNO, TRAP and
 * TRACE have data. Equal for verdicts that no process can tell apart.
 */
export const effect = (value: Verdict): Verdict => {
  const action = actionOf(value)
  if (action === 'ERRNO') return verdict(action, Math.min(dataOf(value), 4095))
  return action === 'TRAP' || action === 'TRACE' ? verdict(action, dataOf(value)) : verdict(action)
}

export const ALLOW: Verdict = verdict('ALLOW')
export const KILL_PROCESS: Verdict = verdict('KILL_PROCESS')
