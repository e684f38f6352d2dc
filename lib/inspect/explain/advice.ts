import { SeccompError } from '../../errors.ts'
import { formatPosition, formatVerdict } from '../../policy/format.ts'
import type { Policy } from '../../policy/policy.ts'
import { whyGated } from '../../policy/resolve.ts'
import { resolvePolicy } from '../../policy/rules.ts'
import { positionOf } from '../../profile/positions.ts'
import { blockedCalls } from '../../profile/presets/docker-default-blocked.ts'
import type { Condition, Profile, Rule } from '../../profile/types.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { capabilities as everyCapability } from '../../syscalls/capabilities.ts'
import { constantsOf } from '../../syscalls/constants.ts'
import { casesOf, onlyVerdict, triedRules } from './cases.ts'
import { insteadOf, insteadOfFamily } from './instead.ts'
import { isMade } from './made.ts'
import type { Asked } from './named-rules.ts'
import type { Advice, Case, Change } from './types.ts'

/** What a program that needs the call should ask for, the least first. */
export const adviceFor = (
  profile: Profile,
  policy: Policy,
  asked: Asked,
  args: readonly bigint[] | undefined,
  cases: readonly Case[],
  changes: readonly Change[],
): readonly Advice[] => {
  const { syscall } = asked
  if (isMade(onlyVerdict(cases))) return [elsewhere(syscall)]
  if (!syscall)
    return [
      { kind: 'elsewhere', text: 'No call has this number here: the kernel itself would answer ENOSYS.' },
    ]
  const instead = familyAdvice(asked, args) ?? insteadOf(syscall)
  const useful = changes.filter(({ kind, verdict }) => kind !== 'profile' && isMade(verdict))
  return [
    ...(instead ? [{ kind: 'instead' as const, text: instead }] : []),
    ...useful.map((change) => changeAdvice(change, profile, policy)),
    ...profileAdvice(profile, policy, asked, args, cases),
  ]
}

const elsewhere = (syscall: string | undefined): Advice => {
  const capability = blockedCalls.find(({ name }) => name === syscall)?.capability
  const causes = [
    ...(capability ? [`a capability (often ${capability})`] : []),
    'the permissions of what it acts on',
    'a security module such as AppArmor or SELinux',
    'another filter',
  ]
  return {
    kind: 'elsewhere',
    text: `The filter isn't why: look at ${causes.join(', ')}.`,
  }
}

const familyAdvice = ({ syscall, arch }: Asked, args: readonly bigint[] | undefined): string | undefined => {
  if (syscall !== 'socket' || !args) return undefined
  const families = constantsOf('socket', 0, arch)?.values ?? []
  const family = [...families].find(([, value]) => value === BigInt.asUintN(32, args[0]!))?.[0]
  return family && insteadOfFamily.get(family)
}

const changeAdvice = ({ kind, what, capabilities }: Change, profile: Profile, { target }: Policy): Advice => {
  if (kind !== 'capability' || capabilities.length === 0)
    return { kind: kind as Advice['kind'], text: `Run it ${what}.` }
  const more = everyCapability.filter((name) => [...target.capabilities, ...capabilities].includes(name))
  const opened = new Set(
    profile.syscalls
      .filter((rule) => whyGated(rule, target) && !whyGated(rule, { ...target, capabilities: more }))
      .flatMap(({ names }) => names),
  )
  const flags = capabilities.map((name) => `--cap-add ${name.slice('CAP_'.length)}`).join(' ')
  const others = opened.size > 1 ? `, which in this profile opens ${opened.size} calls` : ''
  const wide = capabilities.includes('CAP_SYS_ADMIN') ? ' It is close to being root on the host.' : ''
  return { kind, text: `Give it ${capabilities.join(' and ')} (docker run ${flags})${others}.${wide}` }
}

/** The smallest edit of the profile that lets the call through, tried before it is told. */
const profileAdvice = (
  profile: Profile,
  policy: Policy,
  asked: Asked,
  args: readonly bigint[] | undefined,
  cases: readonly Case[],
): readonly Advice[] => {
  const { arch, syscall } = asked
  if (cases[0]!.by === 'foreign')
    return [
      { kind: 'profile', text: `Add "${architecture(arch).scmp}" to the architectures of the profile.` },
    ]
  if (onlyVerdict(cases) === undefined)
    return [
      { kind: 'profile', text: 'Ask again with its arguments: one of the cases above is what it meets.' },
    ]
  const name = syscall!
  const conditions = conditionsFor(policy, asked, args)
  const rule: Rule = { names: [name], action: 'SCMP_ACT_ALLOW', args: conditions }
  const isMadeBy = (syscalls: readonly Rule[]): boolean => {
    try {
      const changed = { ...profile, syscalls }
      return isMade(
        onlyVerdict(casesOf(changed, resolvePolicy(changed, policy.target, policy.as), asked, args)),
      )
    } catch (error) {
      if (error instanceof SeccompError) return false
      throw error
    }
  }
  if (isMadeBy([...profile.syscalls, rule]))
    return [{ kind: 'profile', text: 'Add this rule to the profile:', rule: plainRule(rule) }]
  const [{ position, verdict }] = cases as [Case]
  const without = profile.syscalls.flatMap((each) => {
    if (positionOf(each)?.pointer !== position?.pointer) return [each]
    const names = each.names.filter((one) => one !== name)
    return names.length ? [{ ...each, names }] : []
  })
  const remove = `take ${name} out of the rule at ${formatPosition(position)}, which answers ${formatVerdict(verdict, arch)}`
  if (position && isMadeBy(without)) return [{ kind: 'profile', text: `In the profile, ${remove}.` }]
  if (position && isMadeBy([...without, rule]))
    return [
      { kind: 'profile', text: `In the profile, ${remove}; then add this rule:`, rule: plainRule(rule) },
    ]
  return [
    {
      kind: 'profile',
      text: `Rules for it contradict each other; extend(profile, { allow: ['${name}'] }) rewrites them.`,
    },
  ]
}

/** Which arguments the new rule fixes: those that the profile's rules for the call look at, and families of sockets. */
const conditionsFor = (
  policy: Policy,
  asked: Asked,
  args: readonly bigint[] | undefined,
): readonly Condition[] => {
  if (!args) return []
  const compared = triedRules(policy, asked).flatMap(({ conditions }) => conditions.map(({ index }) => index))
  const known = asked.syscall === 'socket' || asked.syscall === 'socketpair' ? [0] : []
  return [...new Set([...compared, ...known])]
    .sort((a, b) => a - b)
    .map((index) => ({ index, op: 'SCMP_CMP_EQ', value: args[index]!, valueTwo: 0n }))
}

/** As JSON has it: operands beyond 2^53 as text, which no reader rounds. */
const plainRule = ({ names, action, args }: Rule): object => ({
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
