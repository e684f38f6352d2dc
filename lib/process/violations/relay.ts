import type { ChildProcess } from 'node:child_process'
import { readViolations } from './trap.ts'

/** hub.cts sends it. */
const MESSAGE = 'NODE_SECCOMP_VIOLATIONS'

/** More than the addon keeps would be a lie. */
const LONGEST = 72 * 1024 * 2

/** Has a child of `fork` emit what it tells of its denied calls. It may tell nothing, or what isn't so. */
export const relayViolations = (child: ChildProcess): ChildProcess =>
  child.on('internalMessage', (message: unknown) => {
    const { cmd, bytes, lost } = message as Readonly<Record<string, unknown>>
    if (cmd !== MESSAGE || typeof bytes !== 'string' || bytes.length > LONGEST) return
    for (const violation of readViolations(Buffer.from(bytes, 'base64'))) child.emit('violation', violation)
    if (typeof lost === 'number' && lost > 0) child.emit('violations-lost', lost)
  })
