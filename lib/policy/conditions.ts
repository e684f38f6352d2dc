import type { Verdict } from '../bpf/verdict.ts'
import type { Condition, Position } from '../profile/types.ts'
import type { Architecture } from '../syscalls/architectures.ts'
import { argumentWidth } from '../syscalls/arguments.ts'
import type { Faithfulness, PolicyCondition, PolicyRule, Warning } from './policy.ts'

const LOW = 0xffffffffn

/** Which rule's conditions are lowered, and for whom. */
export interface LoweringContext {
  readonly arch: Architecture
  readonly as: Faithfulness
  readonly syscall: string
  readonly position: Position | undefined
}

/**
 * A rule's `args` on one architecture: ANDed conditions in argument order, as one rule; or, where an argument comes
 * twice, one rule for every condition (an OR), as runc and crun split it (runc seccomp_linux.go, matchCall).
 */
export const lowerConditions = (
  args: readonly Condition[],
  verdict: Verdict,
  context: LoweringContext,
  warnings: Warning[],
): PolicyRule[] => {
  // Most rules of most profiles.
  if (args.length === 0) return [{ conditions: [], verdict, position: context.position }]
  const warn = (kind: Warning['kind'], message: string): void => {
    const { position, syscall, arch } = context
    warnings.push({ kind, message, position, syscall, arch: arch.name })
  }
  const lowered = args.map((condition) => lower(condition, context, warn))
  const rule = (conditions: readonly PolicyCondition[]): PolicyRule => ({
    conditions: conditions.filter((condition) => !isAlwaysTrue(condition)).sort((a, b) => a.index - b.index),
    verdict,
    position: context.position,
  })
  if (new Set(args.map(({ index }) => index)).size === args.length) return [rule(lowered)]
  warn(
    'repeated-argument',
    'an argument is compared twice in one rule: any one condition is enough, as in Docker. Split the rule to say so, or use one range per rule.',
  )
  return lowered.map((condition) => rule([condition]))
}

/** libseccomp drops a condition with an empty mask (db.c). */
const isAlwaysTrue = ({ op, value }: PolicyCondition): boolean => op === 'SCMP_CMP_MASKED_EQ' && value === 0n

const lower = (
  { index, op, value, valueTwo }: Condition,
  { arch, as, syscall }: LoweringContext,
  warn: (kind: Warning['kind'], message: string) => void,
): PolicyCondition => {
  const masked = op === 'SCMP_CMP_MASKED_EQ'
  const exact = { index, op, value, valueTwo: masked ? valueTwo & value : 0n }
  if (arch.bits === 32) {
    if (value > LOW || exact.valueTwo > LOW)
      warn(
        'operand-truncated',
        `argument ${index} has 32 bits on ${arch.name}: only the operand's low 32 bits count`,
      )
    return { ...exact, width: 32, value: value & LOW, valueTwo: exact.valueTwo & LOW }
  }
  if (as !== 'safe' || argumentWidth(syscall, index, arch.name) === 64) return { ...exact, width: 64 }
  warn(
    'argument-width',
    `the kernel reads 32 bits of argument ${index} of ${syscall}; compared on 32 bits, where runc compares 64 and lets ` +
      'other high halves past',
  )
  // A sign-extended operand such as -1 means its low half; a range keeps its bound, so that nothing new matches.
  const truncates = masked || op === 'SCMP_CMP_EQ' || op === 'SCMP_CMP_NE'
  return { ...exact, width: 32, value: truncates ? value & LOW : value, valueTwo: exact.valueTwo & LOW }
}
