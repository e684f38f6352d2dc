import type { Word } from '../bpf/data.ts'
import { ALLOW } from '../bpf/verdict.ts'
import { callPolicy } from '../policy/evaluate.ts'
import type { ArchitecturePolicy, Policy } from '../policy/policy.ts'
import { X32_BIT } from '../syscalls/architectures.ts'
import { numberOf } from '../syscalls/numbers.ts'
import { hasActionCache } from './cacheable.ts'
import type { CountedCall } from './call-counts.ts'
import type { NumberWeights } from './cost.ts'

/** A way of calling that a program was seen to use, and what that weighs (cost.ts). */
export interface RecordedCall {
  /** x32's without bit 30. */
  readonly number: number
  readonly args: CountedCall['args']
  readonly weight: number
}

/** What all recorded calls together weigh: running the whole filter's length of instructions some times over. */
const ALL_CALLS = 8_000

/** A call that the kernel's action cache answers runs no filter, unless another filter of the process looks at it. */
const CACHED = 1 / 1000

/**
 * The recorded calls by an architecture's numbers. They count for the target's own architecture only: nobody records a
 * program of the other ones through these names.
 */
export const recordedCalls = (
  where: ArchitecturePolicy,
  policy: Policy,
  counted: readonly CountedCall[],
): readonly RecordedCall[] => {
  if (where !== policy.architectures[0]) return []
  const calls = counted.flatMap(({ name, args, count }) => {
    const number = numberOf(where.arch, name)
    // A door's family has numbers of its own only on some architectures.
    if (number === undefined) return []
    return [{ number, args, weight: count * (isCached(policy, where, number) ? CACHED : 1) }]
  })
  const total = calls.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) return []
  const base = where.arch === 'x32' ? X32_BIT : 0
  return calls.map((call) => ({
    ...call,
    number: call.number - base,
    weight: (call.weight / total) * ALL_CALLS,
  }))
}

/** The weights of an architecture's numbers with the recorded calls on top. */
export const withRecorded = (base: NumberWeights, calls: readonly RecordedCall[]): NumberWeights => {
  if (calls.length === 0) return base
  const byNumber = new Map<number, number>()
  for (const { number, weight } of calls) byNumber.set(number, (byNumber.get(number) ?? 0) + weight)
  return {
    hot: [...byNumber].sort((a, b) => b[1] - a[1]).map(([number]) => number),
    weightOf: (low, high) =>
      [...byNumber].reduce(
        (sum, [number, weight]) => (number >= low && number <= high ? sum + weight : sum),
        base.weightOf(low, high),
      ),
  }
}

/** What the values `low`…`high` of an argument's half weigh by what was recorded of one call. */
export const argumentWeight = (
  calls: readonly RecordedCall[],
  word: Word,
  low: number,
  high: number,
): number => {
  let sum = 0
  for (const { args, weight } of calls) {
    const argument = args[(word - 4) >> 1]
    if (argument === undefined) continue
    const half = Number(BigInt.asUintN(32, word & 1 ? argument >> 32n : argument))
    if (half >= low && half <= high) sum += weight
  }
  return sum
}

/** Allowed whatever its arguments, where the kernel remembers that. */
const isCached = (policy: Policy, where: ArchitecturePolicy, number: number): boolean => {
  if (!hasActionCache({ ...policy.target, arch: where.arch })) return false
  const rules = callPolicy(where, number)?.rules
  if (!rules) return policy.defaultVerdict === ALLOW
  return rules[0]?.conditions.length === 0 && rules[0].verdict === ALLOW
}
