/**
 * What is known of this process, to be had after a filter has closed /proc too: each answer is the last one that could be
 * had.
 */
import { handedOver } from '../../kernel/handed-over.ts'
import { hostTarget } from '../../kernel/host.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Target } from '../../policy/target.ts'
import { threadsAreLetBegin } from './needs.ts'
import { refusedBy } from './preflight.ts'
import { libc, readSituation, type Situation } from './situation.ts'

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
  const now = remembered(readSituation, situation ?? handedOverSituation())
  // A Worker that began unseen may have a ring of its own, of the Nodes that open any; stage one lets none be opened.
  const opens = now.node >= 22 && !handedOver() && !refusedBy(inForce)('io_uring_setup')
  const unseen = now === situation && opens
  situation = {
    ...now,
    rings: unseen ? Math.max(1, now.rings) : now.rings,
    pool: poolIsWarm ? 'warm' : now.pool,
  }
  return situation
}

const handedOverSituation = (): Situation | undefined => {
  const before = handedOver()
  if (!before) return undefined
  const node = Number(process.versions.node.split('.')[0])
  const pool = before.poolIsWarm ? 'warm' : 'unknown'
  return { node, libc: libc(), rings: 0, pool, jit: 'WebAssembly' in globalThis }
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
export const mayBeClosed = (): boolean => inForce.length > 0 || handedOver() !== undefined

const remembered = <T>(read: () => T, last: T | undefined): T => {
  try {
    return read()
  } catch (error) {
    if (last === undefined || !mayBeClosed()) throw error
    return last
  }
}
