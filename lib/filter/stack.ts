import { MAX_INSTRUCTIONS, type Program } from '../bpf/instruction.ts'
import { translatedLength } from '../bpf/translate.ts'
import { ALLOW } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import type { ArchitecturePolicy, CallPolicy, Policy } from '../policy/policy.ts'
import type { Target } from '../policy/target.ts'
import { refuseUnknown } from '../profile/unknown-option.ts'
import type { CallCounts } from './call-counts.ts'
import {
  assemblePolicy,
  type CompileOptions,
  compileOptionNames,
  type Filter,
  policyFor,
  proved,
  provedFilter,
  tooLarge,
} from './compile.ts'
import { proveStack } from './prove/prove.ts'

/**
 * Profile → as many filters as it takes, in the order to install them; one for all but the largest profiles.
 *
 * The kernel runs every filter and takes the strictest verdict, so each part decides its own calls (or its own range of
 * one call's argument) and allows all others; the last part also has the default. Proved as a whole.
 * @throws what `compile` throws; ERR_FILTER_TOO_LARGE when even that is beyond the kernel (32768 instructions, as it
 * translates them, with 4 more for each filter: kernel/seccomp.c, MAX_INSNS_PER_PATH), or when a call's rules are
 * nothing but masks.
 * @example for (const filter of compileStack(profile)) installFilter(filter.bytes)
 */
export const compileStack = (
  profile: object | string,
  options: CompileOptions = {},
  defaults?: Partial<Target>,
): readonly Filter[] => {
  refuseUnknown(options, compileOptionNames)
  return stackPolicy(policyFor(profile, options, defaults), options.weights)
}

/** {@link compileStack} for a policy. */
export const stackPolicy = (policy: Policy, weights?: CallCounts): readonly Filter[] => {
  const all = parts(policy, weights)
  const total = all.reduce((sum, { instructions }) => sum + translatedLength(instructions) + PER_FILTER, 0)
  if (total > MAX_TOTAL)
    throw new SeccompError(
      'ERR_FILTER_TOO_LARGE',
      `the profile takes ${all.length} filters, ${total} instructions in all as the kernel translates them, and it ` +
        `takes ${MAX_TOTAL} for one process: list fewer conditions or architectures`,
    )
  const filters = all.map((part) => provedFilter(part.policy, part.instructions))
  const programs = all.map(({ instructions }) => instructions)
  if (programs.length > 1) proved(proveStack(programs, policy))
  return filters
}

const PER_FILTER = 4
const MAX_TOTAL = 32_768

/** What one filter of the stack decides. */
interface Part {
  readonly policy: Policy
  readonly instructions: Program
}

const parts = (policy: Policy, weights: CallCounts | undefined): Part[] => {
  const instructions = assemblePolicy(policy, weights)
  if (instructions.length <= MAX_INSTRUCTIONS) return [{ policy, instructions }]
  const halves = halve(policy)
  if (!halves) throw tooLarge(policy, instructions)
  return halves.flatMap((half) => parts(half, weights))
}

/** One call of one architecture, and about how many instructions it takes. */
interface Share {
  readonly where: ArchitecturePolicy
  readonly call: CallPolicy
  readonly weight: number
}

/** The first part takes some calls away; the second keeps the rest and the default. */
const halve = (policy: Policy): [Policy, Policy] | undefined => {
  const shares = policy.architectures.flatMap((where) =>
    where.calls
      // Installing the next part is a call too: it stays to the last.
      .filter(
        ({ name, rules }) => name !== 'seccomp' && rules.some(({ conditions }) => conditions.length > 0),
      )
      .map((call): Share => ({ where, call, weight: weigh(call) })),
  )
  const total = shares.reduce((sum, { weight }) => sum + weight, 0)
  const heaviest = shares.find(({ weight }) => weight > total / 2)
  if (heaviest) return halveCall(policy, heaviest)
  let seen = 0
  const taken = shares.filter(({ weight }) => {
    seen += weight
    return seen <= total / 2
  })
  if (taken.length === 0) return undefined
  return [
    only(policy, taken),
    replace(policy, (where, call) =>
      taken.some((share) => share.where === where && share.call === call) ? allowed(call) : call,
    ),
  ]
}

const weigh = ({ rules }: CallPolicy): number =>
  rules.reduce((sum, { conditions }) => sum + 1 + conditions.length, 0)

/** Cut one call's rules at the middle operand of the argument they compare most. */
const halveCall = (policy: Policy, { where, call }: Share): [Policy, Policy] | undefined => {
  const compared = call.rules
    .flatMap(({ conditions }) => conditions)
    .filter(({ op }) => op !== 'SCMP_CMP_MASKED_EQ')
  const byArgument = [0, 1, 2, 3, 4, 5].map((index) => compared.filter((each) => each.index === index))
  const most = byArgument.sort((a, b) => b.length - a.length)[0]
  const operands = [...new Set(most?.map(({ value }) => value))].sort((a, b) => (a < b ? -1 : 1))
  const first = most?.[0]
  if (!first || operands.length < 2) return undefined
  const middle = operands[operands.length >> 1]!
  /** One side: all values on the other are allowed, and rules that want one of those are gone. */
  const side = (allows: 'SCMP_CMP_LT' | 'SCMP_CMP_GE'): CallPolicy => {
    const isAllowed = (value: bigint): boolean => value < middle === (allows === 'SCMP_CMP_LT')
    const rules = call.rules.filter(({ conditions }) =>
      conditions.every(
        ({ index, op, value }) => index !== first.index || op !== 'SCMP_CMP_EQ' || !isAllowed(value),
      ),
    )
    const other = { ...first, op: allows, value: middle, valueTwo: 0n }
    return { ...call, rules: [{ conditions: [other], verdict: ALLOW, position: undefined }, ...rules] }
  }
  const below = side('SCMP_CMP_GE')
  const above = side('SCMP_CMP_LT')
  if (Math.max(weigh(below), weigh(above)) >= weigh(call)) return undefined
  return [
    only(policy, [{ where, call: below, weight: 0 }]),
    replace(policy, (each, other) => (each === where && other === call ? above : other)),
  ]
}

/** Some calls as they are, their default included; everything else is another part's to decide. */
const only = (policy: Policy, shares: readonly Share[]): Policy => ({
  ...policy,
  defaultVerdict: ALLOW,
  foreignVerdict: ALLOW,
  architectures: policy.architectures.map((where) => ({
    ...where,
    above: undefined,
    calls: shares
      .filter((share) => share.where === where)
      .map(({ call }) => ({
        ...call,
        rules: [...call.rules, { conditions: [], verdict: policy.defaultVerdict, position: undefined }],
      })),
  })),
})

const allowed = (call: CallPolicy): CallPolicy => ({
  ...call,
  rules: [{ conditions: [], verdict: ALLOW, position: undefined }],
})

const replace = (
  policy: Policy,
  by: (where: ArchitecturePolicy, call: CallPolicy) => CallPolicy,
): Policy => ({
  ...policy,
  architectures: policy.architectures.map((where) => ({
    ...where,
    calls: where.calls.map((call) => by(where, call)),
  })),
})
