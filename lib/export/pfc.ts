import type { Verdict } from '../bpf/verdict.ts'
import { requireObject } from '../given.ts'
import { formatCondition } from '../inspect/condition.ts'
import { hex } from '../inspect/words.ts'
import { formatVerdict } from '../policy/format.ts'
import type { ArchitecturePolicy, CallPolicy, Policy, PolicyRule } from '../policy/policy.ts'
import { describePlace, describeTarget } from './describe.ts'

/**
 * A policy as pseudo filter code: what each call of each architecture gets, in the order it is decided, with the place
 * of every rule. For reading and for comparing with `diff`; it shows the meaning, `disassemble` the program. Numbers that
 * can't exist (x86_64's with bit 31) are left out.
 * @example console.log(formatPfc(filter.policy))
 */
export const formatPfc = (policy: Policy): string => {
  requireObject('formatPfc takes a policy, such as filter.policy', policy, 'architectures')
  const architectures = policy.architectures.map((each) => architectureText(policy, each))
  const flags = policy.flags.length ? `# flags: ${policy.flags.join(' ')}\n` : ''
  const foreign = `otherwise ${named(policy, policy.foreignVerdict)}\n`
  return `# ${describeTarget(policy)}\n${flags}\n${[...architectures, foreign].join('\n')}`
}

const named = (policy: Policy, value: Verdict): string => formatVerdict(value, policy.target.arch)

/** x86_64 and x32 have one architecture word; bit 30 of the number is what tells them apart. */
const entry = ({ arch, audit }: ArchitecturePolicy): string => {
  const bit = arch === 'x32' ? ' and nr & 0x40000000' : ''
  const noBit = arch === 'x86_64' ? ' and not nr & 0x40000000' : ''
  return `if arch == ${hex(audit)}${bit}${noBit} # ${arch}`
}

const architectureText = (policy: Policy, each: ArchitecturePolicy): string => {
  const { above, calls } = each
  const lines = above ? [`if nr > ${above.newest} then ${named(policy, above.verdict)}`] : []
  for (const call of calls) lines.push(...callText(policy, call))
  lines.push(`otherwise ${named(policy, policy.defaultVerdict)}`)
  return `${entry(each)}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

const callText = (policy: Policy, { number, name, rules }: CallPolicy): string[] => {
  const [first] = rules
  if (first?.conditions.length === 0)
    return [
      `if nr == ${number} then ${named(policy, first.verdict)} # ${name} ${describePlace(first.position)}`,
    ]
  const fallback = rules.some(({ conditions }) => conditions.length === 0)
    ? []
    : [`  otherwise ${named(policy, policy.defaultVerdict)}`]
  return [`if nr == ${number} # ${name}`, ...rules.map((rule) => `  ${ruleText(policy, rule)}`), ...fallback]
}

const ruleText = (policy: Policy, { conditions, verdict, position }: PolicyRule): string => {
  const test = conditions.length ? `if ${conditions.map(formatCondition).join(' and ')} then` : 'otherwise'
  return `${test} ${named(policy, verdict)} # ${describePlace(position)}`
}
