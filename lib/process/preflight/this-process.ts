/**
 * What is known of this process, to be had after a filter has closed /proc too: each answer is the last one that could be
 * had.
 */
import { hostTarget } from '../../kernel/host.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Target } from '../../policy/target.ts'
import { threadsAreLetBegin } from './needs.ts'
import { refusedBy } from './preflight.ts'
import { readSituation, type Situation } from './situation.ts'

/** The policies that apply and drop have put in force, oldest first. */
export const inForce: Policy[] = []

let target: Target | undefined

/** This process as a target. Capabilities may be given up, so it is read each time. */
export const ownTarget = (): Target => {
  target = remembered(() => hostTarget({ runs: 'self' }), target)
  return target
}

let situation: Situation | undefined

export const ownSituation = (): Situation => {
  const now = remembered(readSituation, situation)
  // A Worker that began unseen may have a ring of its own, of the Nodes that open any.
  const unseen = now === situation && now.node >= 22 && !refusedBy(inForce)('io_uring_setup')
  situation = {
    ...now,
    rings: unseen ? Math.max(1, now.rings) : now.rings,
    pool: poolIsWarm ? 'warm' : now.pool,
  }
  return situation
}

let poolIsWarm = false

/** Said by whoever has started the threads of libuv's pool, which not every Node shows. */
export const noteWarmPool = (): void => {
  poolIsWarm = true
}

/** Whether the threads of the pool can be started, and can't any more under further policies. */
export const poolMustStartNow = (further: readonly Policy[]): boolean => {
  const now = ownSituation()
  if (now.pool === 'warm') return false
  const canStill = threadsAreLetBegin(now, refusedBy(inForce))
  return canStill && !threadsAreLetBegin(now, refusedBy([...inForce, ...further]))
}

/** Only a filter in force excuses that something can't be read any more. */
const remembered = <T>(read: () => T, last: T | undefined): T => {
  try {
    return read()
  } catch (error) {
    if (last === undefined || inForce.length === 0) throw error
    return last
  }
}
