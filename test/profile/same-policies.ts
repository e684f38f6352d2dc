import { isDeepStrictEqual } from 'node:util'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolveProfile } from '../../lib/policy/resolve.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import type { Profile, Rule } from '../../lib/profile/types.ts'
import { type Architecture, architecture, findArchitecture } from '../../lib/syscalls/architectures.ts'
import { capabilitySets, type Host, kernels, openRules } from './docker-default-gates.ts'

/** Whether two profiles with gates resolve to the same policy, wherever they may be used. */

/** Every architecture of archMap as the host, and three that have no row in it. */
export const hosts: readonly Architecture[] = [
  ...(dockerDefault.archMap ?? []).map((row) => findArchitecture(row.architecture)!),
  ...(['ppc64le', 'arm', 'x86'] as const).map(architecture),
]

export const matrix: readonly Host[] = hosts.flatMap(({ docker }) =>
  capabilitySets.flatMap((capabilities) => kernels.map((kernel) => ({ arch: docker, kernel, capabilities }))),
)

export const describeHost = ({ arch, kernel, capabilities }: Host): string =>
  `${arch}, Linux ${kernel}, ${capabilities.length > 1 ? `${capabilities.length} capabilities` : (capabilities[0] ?? 'none')}`

/**
 * Resolves both on each host of `matrix` in turn and says whether the policies are the same. The resolver must open
 * what the model of the gates opens; then hosts that open the same rules have the same policies, and one is compared.
 */
export function* comparePolicies(
  ours: Profile,
  theirs: Profile,
): Generator<{ readonly host: string; readonly same: boolean }, undefined> {
  const compared = new Set<string>()
  const [one, other] = [resolvedOf(ours), resolvedOf(theirs)]
  for (const host of matrix) {
    const [a, b] = [one(host), other(host)]
    const key = `${a.key} ${b.key}`
    if (compared.has(key)) continue
    compared.add(key)
    yield { host: describeHost(host), same: isDeepStrictEqual(a.decisions(), b.decisions()) }
  }
}

/** What one host makes of a profile: which rules are open there, and what they decide. */
interface Resolved {
  readonly key: string
  readonly decisions: () => object
}

/** Each profile's answers are kept: one is compared with many. */
const known = new WeakMap<Profile, (host: Host) => Resolved>()

const resolvedOf = (profile: Profile): ((host: Host) => Resolved) => {
  const resolved = known.get(profile) ?? resolving(profile)
  known.set(profile, resolved)
  return resolved
}

const resolving = (profile: Profile): ((host: Host) => Resolved) => {
  const places = new Map(profile.syscalls.map((rule, index) => [rule, index]))
  const indexes = (rules: readonly Rule[]): string => rules.map((rule) => places.get(rule)).join()
  const byHost = new Map<Host, Resolved>()
  const byKey = new Map<string, object>()
  const resolve = (host: Host): Resolved => {
    const arch = hosts.find(({ docker }) => docker === host.arch)!.name
    const target = makeTarget({ arch, kernel: host.kernel, capabilities: host.capabilities })
    const open = indexes(resolveProfile(profile, target).rules)
    if (open !== indexes(openRules(profile, host)))
      throw new Error(`the model of the gates opens other rules than the resolver on ${describeHost(host)}`)
    const key = `${arch} ${open}`
    const decide = (): object => {
      const decided = byKey.get(key) ?? decisions(resolvePolicy(profile, target))
      byKey.set(key, decided)
      return decided
    }
    return { key, decisions: decide }
  }
  return (host) => {
    const resolved = byHost.get(host) ?? resolve(host)
    byHost.set(host, resolved)
    return resolved
  }
}

/** A policy without the host that it is for, and the places where its rules and its default stand. */
const decisions = ({
  target: _target,
  warnings: _warnings,
  defaultPosition: _position,
  ...policy
}: Policy) => ({
  ...policy,
  architectures: policy.architectures.map(({ calls, ...rest }) => ({
    ...rest,
    calls: calls.map(({ rules, ...call }) => ({
      ...call,
      rules: rules.map(({ conditions, verdict }) => ({ conditions, verdict })),
    })),
  })),
})
