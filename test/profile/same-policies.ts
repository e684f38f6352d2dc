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
  for (const host of matrix) {
    const arch = hosts.find(({ docker }) => docker === host.arch)!.name
    const target = makeTarget({ arch, kernel: host.kernel, capabilities: host.capabilities })
    const opened = [ours, theirs].map((profile) => {
      const indexes = (rules: readonly Rule[]) => rules.map((rule) => profile.syscalls.indexOf(rule)).join()
      const open = indexes(resolveProfile(profile, target).rules)
      if (open !== indexes(openRules(profile, host)))
        throw new Error(`the model of the gates opens other rules than the resolver on ${describeHost(host)}`)
      return open
    })
    const key = [arch, ...opened].join(' ')
    if (compared.has(key)) continue
    compared.add(key)
    const [a, b] = [ours, theirs].map((profile) => decisions(resolvePolicy(profile, target)))
    yield { host: describeHost(host), same: isDeepStrictEqual(a, b) }
  }
}

/** A policy without the places where its rules and its default stand. */
const decisions = ({ warnings: _warnings, defaultPosition: _position, ...policy }: Policy) => ({
  ...policy,
  architectures: policy.architectures.map(({ calls, ...rest }) => ({
    ...rest,
    calls: calls.map(({ rules, ...call }) => ({
      ...call,
      rules: rules.map(({ conditions, verdict }) => ({ conditions, verdict })),
    })),
  })),
})
