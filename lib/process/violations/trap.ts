/** Denied calls that come by SIGSYS, from the addon to JavaScript. */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { Call } from '../../bpf/data.ts'
import { SeccompError } from '../../errors.ts'
import { describeViolation, type Violation } from '../../inspect/violation.ts'
import { type Binding, binding, packageRoot } from '../../kernel/binding.ts'

/** Gets struct Violation of native/addon/violations.h, one behind the other, and how many more there were no room for. */
export type Receive = (bytes: Uint8Array, lost: number) => void

/** One for the process's main thread, or the thread that applied. */
export interface Hub {
  /** From now on, a while after they happened and before the process ends. */
  receive(receiver: Receive): void
  /** At once. */
  drain(): void
}

/** hub.cts. */
export interface HubModule {
  catchViolations(addon: Binding): Hub
  forward(hub: Hub): void
}

/** Where the hub is; of stage two's as well. */
const KEY = Symbol.for('seccomp.violations')

/** undefined where nothing is trapped, as far as this thread knows. */
export const currentHub = (): Hub | undefined =>
  (process as unknown as Readonly<Record<symbol, Hub | undefined>>)[KEY]

const waiting: ((hub: Hub) => void)[] = []

/** Calls back with the hub, at once or when there is one. */
export const whenCaught = (use: (hub: Hub) => void): void => {
  const hub = currentHub()
  if (hub) use(hub)
  else waiting.push(use)
}

const require = createRequire(import.meta.url)

/**
 * Has denied calls of filters that trap kept, from now on.
 * @throws SeccompError ERR_USAGE beside a listener for SIGSYS, or where the kernel lets no handler be set.
 */
export const catchViolations = (): void => {
  const module = require(resolve(packageRoot(), 'dist/process/violations/hub.cjs')) as HubModule
  let hub: Hub
  try {
    hub = module.catchViolations(binding())
  } catch (cause) {
    if (cause instanceof SeccompError) throw cause
    throw new SeccompError('ERR_USAGE', `${(cause as Error).message}; nothing was installed`, { cause })
  }
  for (const use of waiting.splice(0)) use(hub)
}

const RECORD = 72

/** What a hub's receivers get, in words; of a record that is cut short nothing. */
export const readViolations = (bytes: Uint8Array): readonly Violation[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: Math.floor(bytes.length / RECORD) }, (_, index) => {
    const at = index * RECORD
    // Both CPUs that the addon is written for are little-endian.
    const word = (offset: number): bigint => view.getBigUint64(at + offset, true)
    const half = (offset: number): number => view.getUint32(at + offset, true)
    const call: Call = {
      arch: half(60),
      nr: half(56),
      args: [0, 8, 16, 24, 32, 40].map(word),
      instructionPointer: word(48),
    }
    return describeViolation(call, half(64), half(68))
  })
}
