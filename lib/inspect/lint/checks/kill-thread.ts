import { positionOf } from '../../../profile/positions.ts'
import type { Check } from '../finding.ts'
import { defaultPosition, list } from '../subject.ts'

/** Measured with Node 18 to 26: the other threads wait for ever for the one that is gone. */
export const killThread: Check = {
  name: 'kill-thread',
  finds: 'SCMP_ACT_KILL or SCMP_ACT_KILL_THREAD',
  severity: 'warning',
  attack:
    'The kernel ends only the thread that made the call. What waits for it, in Node for one, hangs and never ends, and no exit code says why.',
  remedy: 'Use SCMP_ACT_KILL_PROCESS, or SCMP_ACT_ERRNO where the program can go on.',
  *run({ source }) {
    if (!source) return
    const { defaultAction } = source.profile
    if (isKillThread(defaultAction))
      yield {
        message: `the default action is ${defaultAction}`,
        positions: [defaultPosition(source.profile)],
      }
    for (const rule of source.rules) {
      const position = positionOf(rule)
      if (isKillThread(rule.action))
        yield { message: `${list(rule.names)} gets ${rule.action}`, positions: position ? [position] : [] }
    }
  },
}

const isKillThread = (action: string): boolean =>
  action === 'SCMP_ACT_KILL' || action === 'SCMP_ACT_KILL_THREAD'
