import { partsWhere } from '../../../filter/prove/conditions.ts'
import { everyCall, witness } from '../../../filter/prove/region.ts'
import { formatVerdict } from '../../../policy/format.ts'
import type { CallPolicy, PolicyCondition, PolicyRule } from '../../../policy/policy.ts'
import type { Position } from '../../../profile/types.ts'
import { type ArchitectureName, architecture } from '../../../syscalls/architectures.ts'
import { formatCondition } from '../../condition.ts'
import { conditionWords } from '../../explain/condition-words.ts'
import type { Check } from '../finding.ts'
import { cellsOf, type LintSubject } from '../subject.ts'

/** Rules are ORed (OCI runtime-spec, runc seccomp_linux.go): "not A" or "not B" is everything. */
export const cancelledConditions: Check = {
  name: 'cancelled-conditions',
  finds: 'conditions of several rules that together exclude nothing, such as two NE on one argument',
  severity: 'error',
  attack:
    'Rules are alternatives: what one excludes another admits, so that the conditions make no difference.',
  remedy:
    'Under a default that refuses, give each part a rule of its own: LT the smaller value, EQ each value between, GT the larger, as Docker does for socket. Under one that allows, refuse each value by an EQ rule.',
  *run(subject) {
    for (const { arch, calls } of subject.source?.policy.architectures ?? [])
      for (const call of calls) {
        const found = splitInequality(call, arch) ?? nothingExcluded(subject, arch, call)
        if (!found) continue
        const { message, rules, args } = found
        yield {
          message,
          arch,
          call: { arch: architecture(arch).audit, nr: call.number, args, instructionPointer: 0n },
          positions: places(rules),
        }
      }
  },
}

interface Found {
  readonly message: string
  readonly rules: readonly PolicyRule[]
  readonly args: readonly bigint[]
}

/** Two rules that differ in nothing but the value an argument must not have. */
const splitInequality = ({ name, rules }: CallPolicy, arch: ArchitectureName): Found | undefined => {
  const known = new Map<string, { rule: PolicyRule; unequal: PolicyCondition }>()
  for (const rule of rules)
    for (const unequal of rule.conditions) {
      if (unequal.op !== 'SCMP_CMP_NE') continue
      const rest = rule.conditions.filter((each) => each !== unequal).map(formatCondition)
      const key = `${rule.verdict} ${unequal.index} ${rest.join()}`
      const other = known.get(key)
      if (!other) known.set(key, { rule, unequal })
      else if (other.unequal.value !== unequal.value) {
        // What this rule excludes and the other admits.
        const shown = rule.conditions.map((each) =>
          each === unequal ? { ...each, op: 'SCMP_CMP_EQ' as const } : each,
        )
        const [region] = partsWhere([everyCall], shown).holds
        if (!region) continue
        const both = [other.unequal, unequal].map((each) => conditionWords(each, name, arch)).join(' or ')
        const message = `${name} gets ${formatVerdict(rule.verdict, arch)} where ${both}, which is always so`
        return { message, rules: [other.rule, rule], args: witness(region).args }
      }
    }
  return undefined
}

/** Conditional rules after which nothing is left for the default. */
const nothingExcluded = (
  { answers }: LintSubject,
  arch: ArchitectureName,
  { name, rules }: CallPolicy,
): Found | undefined => {
  const verdict = rules[0]?.verdict
  if (rules.length < 2 || rules.some((rule) => rule.verdict !== verdict || !rule.conditions.length))
    return undefined
  const cells = cellsOf(answers, arch, name)
  if (!cells.length || cells.some((cell) => cell.verdict !== verdict)) return undefined
  const message = `the conditions on ${name} exclude nothing: every call gets ${formatVerdict(verdict!, arch)}`
  return { message, rules, args: witness(cells.at(-1)!.region).args }
}

const places = (rules: readonly PolicyRule[]): Position[] => [
  ...new Set(rules.flatMap(({ position }) => position ?? [])),
]
