/**
 * What stage two of a process that was started in two stages leaves to this package in it: after the filter, neither the
 * addon nor /proc may be opened any more.
 */
import type { Binding } from './binding.ts'

export interface HandedOver {
  /** The addon of the parent's copy of this package. */
  readonly binding: Binding
  /** /proc/self/status, as it was right before the filter. */
  readonly status: string
  /** The threads of libuv's pool were started. */
  readonly poolIsWarm: boolean
}

/** stage-two.cts has it as well. */
const HANDED_OVER = Symbol.for('seccomp.handedOver')

/** undefined in a process that wasn't started in two stages, and in its Workers. */
export const handedOver = (): HandedOver | undefined =>
  (process as unknown as Readonly<Record<symbol, HandedOver | undefined>>)[HANDED_OVER]
