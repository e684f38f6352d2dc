import { whyGated } from '../../policy/resolve.ts'
import { blockedCalls } from '../../profile/presets/docker-default-blocked.ts'
import { capabilities as everyCapability } from '../../syscalls/capabilities.ts'
import { constantsOf } from '../../syscalls/constants.ts'
import type { Inquiry } from './inquiry.ts'
import { insteadOf, insteadOfFamily } from './instead.ts'
import { profileAdvice } from './profile-advice.ts'
import type { Advice, Case, Change } from './types.ts'
import { isMade } from './verdict-words.ts'

/** What a program that needs the call should ask for, the least first. */
export const adviceFor = (
  inquiry: Inquiry,
  cases: readonly Case[],
  changes: readonly Change[],
): readonly Advice[] => {
  const { syscall } = inquiry
  if (cases.every(({ verdict }) => isMade(verdict))) return [elsewhere(syscall)]
  if (!syscall)
    return [
      { kind: 'elsewhere', text: 'No call has this number here: the kernel itself would answer ENOSYS.' },
    ]
  const instead = familyAdvice(inquiry) ?? insteadOf(syscall)
  const useful = changes.filter(({ kind, verdict }) => kind !== 'profile' && isMade(verdict))
  return [
    ...(instead ? [{ kind: 'instead' as const, text: instead }] : []),
    ...useful.map((change) => changeAdvice(change, inquiry)),
    profileAdvice(inquiry, syscall, cases),
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

const familyAdvice = ({ syscall, arch, args }: Inquiry): string | undefined => {
  if (syscall !== 'socket' || !args) return undefined
  const families = constantsOf('socket', 0, arch)?.values ?? []
  const family = [...families].find(([, value]) => value === BigInt.asUintN(32, args[0]!))?.[0]
  return family && insteadOfFamily.get(family)
}

const changeAdvice = ({ kind, what, capabilities }: Change, { profile, policy }: Inquiry): Advice => {
  if (capabilities.length === 0) return { kind, text: `Run it ${what}.` }
  const { target } = policy
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
