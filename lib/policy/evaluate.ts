import type { Call } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import { requireObject } from '../given.ts'
import { X32_BIT } from '../syscalls/architectures.ts'
import type { ArchitecturePolicy, CallPolicy, Policy, PolicyCondition, PolicyRule } from './policy.ts'
import { firstPlace } from './search.ts'

/**
 * The meaning of a policy, naive on purpose: the oracle that compiler, prover and kernel are held to.
 *
 * 1. The architecture word (and, where x86_64 and x32 meet, bit 30 of the number) picks the architecture; none: the
 *    foreign verdict.
 * 2. A number the profile names: the first of its rules whose conditions all hold decides.
 * 3. A number above the newest one the profile names gets ENOSYS, where the policy says so.
 * 4. Everything else gets the default.
 *
 * The verdict is the u32 a filter returns: formatVerdict() writes it, actionOf() and dataOf() take it apart.
 * @example evaluate(filter.policy, parseCall('mkdir', [], 'x86_64')) // 0x50001
 */
export const evaluate = (policy: Policy, call: Call): Verdict => {
  requireObject('evaluate takes a policy, such as filter.policy', policy, 'architectures')
  requireObject('evaluate takes a call, such as parseCall() gives', call, 'args')
  const where = architectureOf(policy, call)
  if (where === 'foreign') return policy.foreignVerdict
  if (where === 'none') return policy.defaultVerdict
  if (callPolicy(where, call.nr)) return decidingRule(where, call)?.verdict ?? policy.defaultVerdict
  return isAbove(where, call.nr) ? where.above!.verdict : policy.defaultVerdict
}

/** The rule that decides a call on its architecture, if any. */
export const decidingRule = (architecture: ArchitecturePolicy, call: Call): PolicyRule | undefined =>
  callPolicy(architecture, call.nr)?.rules.find((rule) =>
    rule.conditions.every((condition) => holds(condition, call.args[condition.index]!)),
  )

/** Whether a number lies above the newest call. runc's stub for x86_64 leaves numbers with bit 30 alone. */
export const isAbove = (
  { arch, above }: Pick<ArchitecturePolicy, 'arch' | 'above'>,
  number: number,
): boolean => above !== undefined && number > above.newest && !(arch === 'x86_64' && number & X32_BIT)

/**
 * Which architecture's rules a call falls under. -1 (a tracer's "skip this call", seccomp(2)) is x86_64's, not a
 * foreign x32 number, as in libseccomp (gen_bpf.c).
 */
export const architectureOf = (
  policy: Policy,
  { arch: audit, nr }: Pick<Call, 'arch' | 'nr'>,
): ArchitecturePolicy | 'foreign' | 'none' => {
  const listed = policy.architectures.filter((each) => each.audit === audit)
  const x32 = listed.find(({ arch }) => arch === 'x32')
  const x86_64 = listed.find(({ arch }) => arch === 'x86_64')
  if (!x32 && !x86_64) return listed[0] ?? 'foreign'
  if (nr & X32_BIT) return x32 ?? (nr === SKIPPED && x86_64 ? x86_64 : 'foreign')
  // Bit 31 without bit 30 is no number of either: libseccomp compares with >= bit 30 and takes it for x32's.
  if (nr > X32_BIT) return x86_64?.above ? x86_64 : x32 ? 'none' : 'foreign'
  return x86_64 ?? 'foreign'
}

/** The number a tracer sets to have a call skipped: -1. */
export const SKIPPED = 0xffffffff

/** What a number's rules are, or undefined when the profile doesn't name it. */
export const callPolicy = ({ calls }: ArchitecturePolicy, number: number): CallPolicy | undefined => {
  const call = calls[firstPlace(calls.length, (place) => calls[place]!.number >= number)]
  return call?.number === number ? call : undefined
}

/** Whether an argument fulfils a condition. */
export const holds = ({ op, width, value, valueTwo }: PolicyCondition, argument: bigint): boolean => {
  const actual = width === 32 ? argument & 0xffffffffn : argument
  switch (op) {
    case 'SCMP_CMP_EQ':
      return actual === value
    case 'SCMP_CMP_NE':
      return actual !== value
    case 'SCMP_CMP_LT':
      return actual < value
    case 'SCMP_CMP_LE':
      return actual <= value
    case 'SCMP_CMP_GT':
      return actual > value
    case 'SCMP_CMP_GE':
      return actual >= value
    case 'SCMP_CMP_MASKED_EQ':
      return (actual & value) === valueTwo
  }
}
