import { ALLOW } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import { callPolicy } from '../policy/evaluate.ts'
import type { ArchitecturePolicy, Policy } from '../policy/policy.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'
import { X32_BIT } from '../syscalls/architectures.ts'
import { allSyscallNames, isKnownSyscall, numberOf } from '../syscalls/numbers.ts'
import { hasActionCache } from './cacheable.ts'
import type { NumberWeights } from './cost.ts'

/**
 * How often a program makes each call, by name: counts from `strace -c`, `perf trace -s` or a recording. Only their
 * ratios matter.
 */
export type CallCounts = Readonly<Record<string, number>>

/** What all recorded calls together weigh: running the whole filter's length of instructions some times over. */
const ALL_CALLS = 8_000

/** A call that the kernel's action cache answers runs no filter, unless another filter of the process looks at it. */
const CACHED = 1 / 1000

/**
 * The weights of an architecture's numbers with the calls that a program was seen to make on top. They count for the
 * target's own architecture only: nobody records a program of the other ones through these names.
 * @throws SeccompError ERR_USAGE for a count that is no number from 0 up, ERR_UNKNOWN_NAME for a name no architecture has.
 */
export const recordedWeights = (
  base: NumberWeights,
  where: ArchitecturePolicy,
  policy: Policy,
  counts: CallCounts,
): NumberWeights => {
  checkCounts(counts)
  if (where !== policy.architectures[0]) return base
  const recorded = new Map<number, number>()
  for (const [name, count] of Object.entries(counts)) {
    const number = numberOf(where.arch, name)
    // A door's family has numbers of its own only on some architectures.
    if (number !== undefined) recorded.set(number, count * (isCached(policy, where, number) ? CACHED : 1))
  }
  const total = [...recorded.values()].reduce((sum, each) => sum + each, 0)
  if (total === 0) return base
  const calls = [...recorded].map(([number, weight]) => ({
    number: where.arch === 'x32' ? number - X32_BIT : number,
    weight: (weight / total) * ALL_CALLS,
  }))
  return {
    hot: calls.sort((a, b) => b.weight - a.weight).map(({ number }) => number),
    weightOf: (low, high) =>
      calls.reduce(
        (sum, { number, weight }) => (number >= low && number <= high ? sum + weight : sum),
        base.weightOf(low, high),
      ),
  }
}

const checkCounts = (counts: CallCounts): void => {
  for (const [name, count] of Object.entries(counts)) {
    if (!isKnownSyscall(name)) {
      const near = didYouMean(name, allSyscallNames())
      throw new SeccompError('ERR_UNKNOWN_NAME', `weights: no architecture has a call ${found(name)}${near}`)
    }
    if (typeof count !== 'number' || !Number.isFinite(count) || count < 0)
      throw new SeccompError(
        'ERR_USAGE',
        `weights: ${name} is ${found(count)}; write how often it was called, from 0 up`,
      )
  }
}

/** Allowed whatever its arguments, where the kernel remembers that. */
const isCached = (policy: Policy, where: ArchitecturePolicy, number: number): boolean => {
  if (!hasActionCache({ ...policy.target, arch: where.arch })) return false
  const rules = callPolicy(where, number)?.rules
  if (!rules) return policy.defaultVerdict === ALLOW
  return rules[0]?.conditions.length === 0 && rules[0].verdict === ALLOW
}
