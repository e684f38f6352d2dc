import { resolveProfile } from '../../policy/resolve.ts'
import type { Target } from '../../policy/target.ts'
import type { Profile } from '../../profile/types.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import { casesUnder, onlyVerdict } from './cases.ts'
import type { Inquiry } from './inquiry.ts'
import { namesFor } from './named-rules.ts'
import { type OtherTarget, otherTargets } from './other-targets.ts'
import type { Case, Change } from './types.ts'

/**
 * What would give the call another answer: for every rule about it the nearest target on which its gates stand the
 * other way. Each is tried, by resolving the profile anew, and told only where the answer really differs.
 */
export const changesOf = (inquiry: Inquiry, present: readonly Case[]): readonly Change[] => {
  const { profile, policy } = inquiry
  const found = new Map<string, Change>()
  const add = (
    change: Omit<OtherTarget, 'target'> & Pick<Change, 'kind'>,
    cases: readonly Case[] | undefined,
  ): void => {
    if (!cases || found.has(change.what) || signature(cases) === signature(present)) return
    const verdict = onlyVerdict(cases)
    // Hardly anybody moves to another machine for other conditions.
    if (change.kind === 'architecture' && verdict === undefined) return
    found.set(change.what, { ...change, verdict, position: cases[0]!.position })
  }
  for (const rule of profile.syscalls.filter((each) => namesFor(each, inquiry).length > 0))
    for (const { target, ...change } of otherTargets(rule, policy.target)) {
      const there = movedTo(inquiry, target)
      add(change, there && casesUnder(there, { target }))
    }
  if (present[0]!.by === 'foreign') {
    const what = `if the profile listed ${architecture(inquiry.arch).scmp}`
    add({ kind: 'profile', what, capabilities: [] }, casesUnder(inquiry, { profile: listing(inquiry) }))
  }
  return [...found.values()].sort((a, b) => rank(a) - rank(b))
}

/** The call of that name on another machine; undefined where it has none. */
const movedTo = (inquiry: Inquiry, { arch }: Target): Inquiry | undefined => {
  const present = inquiry.policy.target.arch
  if (arch === present) return inquiry
  const number = inquiry.arch === present && inquiry.syscall ? numberOf(arch, inquiry.syscall) : undefined
  return number === undefined ? undefined : { ...inquiry, arch, number }
}

/** Two answers are the same where conditions and verdicts are; which rules give them may differ. */
const signature = (cases: readonly Case[]): string =>
  onlyVerdict(cases)?.toString() ??
  cases.map(({ verdict, words }) => `${verdict} ${words.join(' and ')}`).join('\n')

/** The narrowest change first; CAP_SYS_ADMIN, which opens half the kernel, after other capabilities. */
const rank = ({ kind, capabilities }: Change): number => {
  if (kind !== 'capability') return kind === 'kernel' ? 100 : 200
  return capabilities.length + (capabilities.includes('CAP_SYS_ADMIN') ? 50 : 0)
}

/** The profile as it is, with the call's architecture among those it lists. */
const listing = ({ profile, policy, arch }: Inquiry): Profile => {
  const { archMap: _, ...rest } = profile
  const listed = resolveProfile(profile, policy.target).architectures.map(({ scmp }) => scmp)
  return { ...rest, architectures: [...listed, architecture(arch).scmp] }
}
