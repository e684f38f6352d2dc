import { SeccompError } from '../../errors.ts'
import type { Policy } from '../../policy/policy.ts'
import { resolveProfile, whyGated } from '../../policy/resolve.ts'
import { resolvePolicy } from '../../policy/rules.ts'
import { type KernelVersion, kernelAtLeast, parseKernel, type Target } from '../../policy/target.ts'
import type { Gate, Profile, Rule } from '../../profile/types.ts'
import { architecture, architectures } from '../../syscalls/architectures.ts'
import { capabilities as everyCapability } from '../../syscalls/capabilities.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import { casesOf, onlyVerdict } from './cases.ts'
import { type Asked, namesFor } from './named-rules.ts'
import type { Case, Change } from './types.ts'

/** A target or a profile that may give another answer. */
interface Candidate {
  readonly kind: Change['kind']
  readonly what: string
  readonly capabilities: readonly string[]
  readonly target: Target
  readonly profile?: Profile
}

/**
 * What would give the call another answer: for every rule about it the nearest target on which its gates stand the
 * other way. Each is tried, by resolving the profile anew, and told only where the answer really differs.
 */
export const changesOf = (
  profile: Profile,
  policy: Policy,
  asked: Asked,
  args: readonly bigint[] | undefined,
): readonly Change[] => {
  const present = casesOf(profile, policy, asked, args)
  const about = profile.syscalls.filter((rule) => namesFor(rule, asked, policy.target.arch).length > 0)
  const candidates = [
    ...about.flatMap((rule) => otherGates(rule, policy.target)),
    ...(present[0]!.by === 'foreign' ? [listing(profile, policy, asked)] : []),
  ]
  const found = new Map<string, Change>()
  for (const candidate of candidates) {
    const cases = found.has(candidate.what) ? undefined : casesThere(candidate, profile, policy, asked, args)
    if (!cases || signature(cases) === signature(present)) continue
    const { kind, what, capabilities } = candidate
    const verdict = onlyVerdict(cases)
    // Hardly anybody moves to another machine for other conditions.
    if (kind === 'architecture' && verdict === undefined) continue
    found.set(what, { kind, what, capabilities, verdict, position: cases[0]!.position })
  }
  return [...found.values()].sort((a, b) => rank(a) - rank(b))
}

/** The call's answers under another target or profile; undefined where there is no such call, or no such policy. */
const casesThere = (
  { target, profile: other }: Candidate,
  profile: Profile,
  { as, target: present }: Policy,
  asked: Asked,
  args: readonly bigint[] | undefined,
): readonly Case[] | undefined => {
  const there = askedOn(asked, present, target)
  if (!there) return undefined
  try {
    const read = other ?? profile
    return casesOf(read, resolvePolicy(read, target, as), there, args)
  } catch (error) {
    // Rules that contradict each other there, or another byte order: nothing to recommend.
    if (error instanceof SeccompError) return undefined
    throw error
  }
}

const askedOn = (asked: Asked, present: Target, target: Target): Asked | undefined => {
  if (target.arch === present.arch) return asked
  const number =
    asked.arch === present.arch && asked.syscall ? numberOf(target.arch, asked.syscall) : undefined
  return number === undefined ? undefined : { ...asked, arch: target.arch, number }
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

/** The nearest targets on which a rule's gates stand the other way. */
const otherGates = (rule: Rule, target: Target): readonly Candidate[] =>
  whyGated(rule, target) === undefined ? shutting(rule, target) : opening(rule, target)

const opening = ({ includes = {}, excludes = {} }: Rule, target: Target): readonly Candidate[] => {
  const docker = architecture(target.arch).docker
  if (excludes.arches?.includes(docker)) return []
  const steps = [
    withCapabilities(target, includes.caps?.filter((name) => !target.capabilities.includes(name)) ?? []),
    withoutCapabilities(target, excludes.caps?.filter((name) => target.capabilities.includes(name)) ?? []),
    fromKernel(target, includes),
    beforeKernel(target, excludes),
  ].filter((step) => step !== undefined)
  const hosts = includes.arches?.length && !includes.arches.includes(docker) ? includes.arches : [undefined]
  return hosts.flatMap((host) => {
    const all = host === undefined ? steps : [...steps, ...onHost(target, host)]
    return all.length ? [together(all, target)] : []
  })
}

/** Dropping all that a rule asks for, one thing at a time. */
const shutting = ({ includes = {}, excludes = {} }: Rule, target: Target): readonly Candidate[] =>
  [
    withoutCapabilities(target, includes.caps ?? []),
    ...(excludes.caps ?? []).map((name) => withCapabilities(target, [name])),
    beforeKernel(target, includes),
    fromKernel(target, excludes),
  ].filter((step) => step !== undefined)

const together = (steps: readonly Candidate[], target: Target): Candidate => ({
  kind: steps.at(-1)!.kind,
  what: steps.map(({ what }) => what).join(' and '),
  capabilities: steps.flatMap(({ capabilities }) => capabilities),
  target: Object.assign({ ...target }, ...steps.map((step) => changed(step.target, target))),
})

const changed = (to: Target, from: Target): Partial<Target> => ({
  ...(to.arch !== from.arch && { arch: to.arch }),
  ...(to.kernel !== from.kernel && { kernel: to.kernel }),
  ...(to.capabilities !== from.capabilities && { capabilities: to.capabilities }),
})

const withCapabilities = (target: Target, names: readonly string[]): Candidate | undefined =>
  names.length === 0
    ? undefined
    : {
        kind: 'capability',
        what: `with ${names.join(' and ')}`,
        capabilities: names,
        target: {
          ...target,
          capabilities: everyCapability.filter((name) => [...target.capabilities, ...names].includes(name)),
        },
      }

const withoutCapabilities = (target: Target, names: readonly string[]): Candidate | undefined =>
  names.length === 0
    ? undefined
    : {
        kind: 'capability',
        what: `without ${names.join(' or ')}`,
        capabilities: [],
        target: { ...target, capabilities: target.capabilities.filter((name) => !names.includes(name)) },
      }

const fromKernel = (target: Target, { minKernel }: Gate): Candidate | undefined => {
  if (minKernel === undefined || kernelAtLeast(target.kernel, parseKernel(minKernel))) return undefined
  const what = `on kernel ${minKernel} or newer`
  return { kind: 'kernel', what, capabilities: [], target: { ...target, kernel: parseKernel(minKernel) } }
}

const beforeKernel = (target: Target, { minKernel }: Gate): Candidate | undefined => {
  if (minKernel === undefined || !kernelAtLeast(target.kernel, parseKernel(minKernel))) return undefined
  const what = `on a kernel older than ${minKernel}`
  return {
    kind: 'kernel',
    what,
    capabilities: [],
    target: { ...target, kernel: justBelow(parseKernel(minKernel)) },
  }
}

const justBelow = ({ major, minor }: KernelVersion): KernelVersion =>
  minor > 0 ? { major, minor: minor - 1 } : { major: major - 1, minor: 99_999 }

const onHost = (target: Target, docker: string): readonly Candidate[] => {
  const host = architectures.find((each) => each.docker === docker)
  if (!host) return []
  return [
    {
      kind: 'architecture',
      what: `on ${host.name}`,
      capabilities: [],
      target: { ...target, arch: host.name },
    },
  ]
}

/** The profile as it is, with the call's architecture among those it lists. */
const listing = (profile: Profile, { target }: Policy, { arch }: Asked): Candidate => {
  const { archMap: _, ...rest } = profile
  const listed = resolveProfile(profile, target).architectures.map(({ scmp }) => scmp)
  const { scmp } = architecture(arch)
  return {
    kind: 'profile',
    what: `if the profile listed ${scmp}`,
    capabilities: [],
    target,
    profile: { ...rest, architectures: [...listed, scmp] },
  }
}
