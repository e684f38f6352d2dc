import { formatPosition } from '../policy/format.ts'
import type { Warning } from '../policy/policy.ts'

/** Says on standard error what the reader of a profile should know, once for all architectures. */
export const printWarnings = (warnings: readonly Warning[]): void => {
  const lines = warnings.map(
    ({ message, position, kind }) => `${formatPosition(position)}: ${message} [${kind}]`,
  )
  for (const line of new Set(lines)) process.stderr.write(`warning: ${line}\n`)
}
