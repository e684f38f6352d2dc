import { EventEmitter } from 'node:events'
import { SeccompError } from '../../errors.ts'
import type { Violation } from '../../inspect/violation.ts'
import { isMainThread } from '../../kernel/builtins.ts'
import { currentHub, readViolations, whenCaught } from './trap.ts'

/** What {@link violations} emits. */
export interface ViolationEventMap {
  /** A call that a filter denied. */
  violation: [violation: Violation]
  /** So many more came faster than they were taken, and weren't kept. */
  lost: [count: number]
}

/**
 * See {@link violations}.
 * @example violations.on('violation', ({ message }) => console.error(message))
 */
export class ViolationEvents extends EventEmitter<ViolationEventMap> {
  #connected = false

  constructor() {
    super()
    const own: EventEmitter = this as EventEmitter
    own.on('newListener', (event: unknown) => {
      if (event === 'violation' || event === 'lost') this.#connect()
    })
  }

  /** Emits at once what is kept, where it would come within 50 ms, and before the process ends. */
  drain(): void {
    currentHub()?.drain()
  }

  #connect(): void {
    if (this.#connected) return
    if (!isMainThread())
      throw new SeccompError('ERR_USAGE', 'violations of all threads come to the main one: listen there')
    this.#connected = true
    whenCaught((hub) => {
      hub.receive((bytes, lost) => {
        for (const violation of readViolations(bytes)) this.emit('violation', violation)
        if (lost > 0) this.emit('lost', lost)
      })
    })
  }
}

/**
 * Calls that were denied to this process, whichever thread made them, under a profile applied with
 * `onViolation: 'trap'`; also in a child that `fork` started so. To be listened to on the main thread.
 *
 * @example
 * violations.on('violation', ({ message }) => console.error(message))
 * apply('node:compute', { onViolation: 'trap' })
 * // openat(dfd=AT_FDCWD (-100), …) denied with EACCES: this needs promise fsRead
 */
export const violations: ViolationEvents = new ViolationEvents()
