import { formatVerdict } from '../policy/format.ts'
import type { Policy } from '../policy/policy.ts'

/**
 * A policy as JSON, for reading: verdicts by name, 64-bit operands as `0x…`, since JSON's readers lose bits above 2^53.
 * @example console.log(formatPolicy(filter.policy))
 */
export const formatPolicy = (policy: Policy): string =>
  `${JSON.stringify(policy, (key, value: unknown) => readable(key, value, policy), 2)}\n`

const readable = (key: string, value: unknown, policy: Policy): unknown => {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  return typeof value === 'number' && /verdict$/i.test(key) ? formatVerdict(value, policy.target.arch) : value
}
