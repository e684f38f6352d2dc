import { formatPosition, formatVerdict } from '../../policy/format.ts'
import { positionOf } from '../../profile/positions.ts'
import type { Condition, Position, Rule } from '../../profile/types.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { casesUnder, onlyVerdict, triedRules } from './cases.ts'
import type { Inquiry } from './inquiry.ts'
import type { Advice, Case } from './types.ts'
import { isMade } from './verdict-words.ts'

/** The smallest edit of the profile that lets the call through, tried before it is told. */
export const profileAdvice = (inquiry: Inquiry, name: string, cases: readonly Case[]): Advice => {
  const { profile, arch } = inquiry
  const [first] = cases
  if (first!.by === 'foreign')
    return advice(`Add "${architecture(arch).scmp}" to the architectures of the profile.`)
  if (onlyVerdict(cases) === undefined)
    return advice('Ask again with its arguments: one of the cases above is what it meets.')
  const opens = (syscalls: readonly Rule[]): boolean => {
    const changed = casesUnder(inquiry, { profile: { ...profile, syscalls } })
    return changed !== undefined && isMade(onlyVerdict(changed))
  }
  const rule: Rule = { names: [name], action: 'SCMP_ACT_ALLOW', args: conditionsFor(inquiry) }
  if (opens([...profile.syscalls, rule]))
    return { ...advice('Add this rule to the profile:'), rule: plain(rule) }
  const { position, verdict } = first!
  const rest = without(profile.syscalls, position, name)
  const remove = `In the profile, take ${name} out of the rule at ${formatPosition(position)}, which answers ${formatVerdict(verdict, arch)}`
  if (position && opens(rest)) return advice(`${remove}.`)
  if (position && opens([...rest, rule]))
    return { ...advice(`${remove}; then add this rule:`), rule: plain(rule) }
  return advice(`Several rules stand in the way; extend(profile, { allow: ['${name}'] }) rewrites them.`)
}

const advice = (text: string): Advice => ({ kind: 'profile', text })

/** The rules with a name taken out of the one at a place. */
const without = (rules: readonly Rule[], position: Position | undefined, name: string): readonly Rule[] =>
  rules.flatMap((rule) => {
    if (positionOf(rule)?.pointer !== position?.pointer) return [rule]
    const names = rule.names.filter((each) => each !== name)
    return names.length ? [{ ...rule, names }] : []
  })

/** Which arguments the new rule fixes: those that the profile's rules for the call look at, and families of sockets. */
const conditionsFor = (inquiry: Inquiry): readonly Condition[] => {
  const { args, syscall } = inquiry
  if (!args) return []
  const compared = triedRules(inquiry).flatMap(({ conditions }) => conditions.map(({ index }) => index))
  const family = syscall === 'socket' || syscall === 'socketpair' ? [0] : []
  return [...new Set([...compared, ...family])]
    .sort((a, b) => a - b)
    .map((index) => ({ index, op: 'SCMP_CMP_EQ', value: args[index]!, valueTwo: 0n }))
}

/** As JSON has it: operands beyond 2^53 as text, which no reader rounds. */
const plain = ({ names, action, args }: Rule): object => ({
  names,
  action,
  ...(args.length > 0 && {
    args: args.map(({ index, op, value }) => ({
      index,
      value: value <= Number.MAX_SAFE_INTEGER ? Number(value) : `0x${value.toString(16)}`,
      op,
    })),
  }),
})
