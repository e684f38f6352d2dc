import { SeccompError } from '../errors.ts'
import type { Gate, Profile, Rule } from '../profile/types.ts'
import {
  type Architecture,
  type ArchitectureName,
  architecture,
  findArchitecture,
} from '../syscalls/architectures.ts'
import { kernelAtLeast, parseKernel, type Target } from './target.ts'

/**
 * Docker's own layer, resolved away: gates and `archMap`, exactly as moby's `setupSeccomp` does it
 * (profiles/seccomp/seccomp_linux.go). What remains is what the OCI calls a profile.
 */
export interface ResolvedProfile {
  /** The target's architecture first, then the listed ones, each once. */
  readonly architectures: readonly Architecture[]
  /** Rules whose gates are open, in the profile's order. */
  readonly rules: readonly Rule[]
  /** Rules whose gates are shut, and why. */
  readonly gated: readonly GatedRule[]
}

/** A rule that doesn't count on this target. */
export interface GatedRule {
  readonly rule: Rule
  /** Which gate shut it: `needs CAP_SYS_ADMIN`. */
  readonly reason: string
}

/**
 * Apply gates and `archMap` for one target.
 * @throws SeccompError ERR_MIXED_BYTE_ORDER when the listed architectures don't share the target's byte order;
 * ERR_TARGET_INVALID for an architecture name the parser would have refused.
 */
export const resolveProfile = (profile: Profile, target: Target): ResolvedProfile => {
  const rules: Rule[] = []
  const gated: GatedRule[] = []
  for (const rule of profile.syscalls) {
    const reason = whyGated(rule, target)
    if (reason === undefined) rules.push(rule)
    else gated.push({ rule, reason })
  }
  return { architectures: resolveArchitectures(profile, target.arch), rules, gated }
}

/** Native always, as runc adds it; then `architectures`, or the row of `archMap` for the native architecture. */
const resolveArchitectures = (profile: Profile, arch: ArchitectureName): Architecture[] => {
  const native = architecture(arch)
  const row = profile.archMap?.find((entry) => entry.architecture === native.scmp)
  const listed = row ? [row.architecture, ...row.subArchitectures] : (profile.architectures ?? [])
  const all = new Set([native])
  for (const name of listed) {
    const found = findArchitecture(name)
    if (!found) throw new SeccompError('ERR_TARGET_INVALID', `unknown architecture '${name}' in the profile`)
    all.add(found)
  }
  const foreign = [...all].filter((each) => each.endian !== native.endian)
  if (foreign.length)
    throw new SeccompError(
      'ERR_MIXED_BYTE_ORDER',
      `${foreign.map((each) => each.scmp).join(', ')} can't share a filter with ${native.scmp}: the byte order differs. ` +
        'Remove them from the profile, or compile for a target of their byte order.',
    )
  return [...all]
}

/** Why a rule's gates are shut, or undefined when they are open. Excludes come first: any of them drops the rule. */
export const whyGated = ({ includes, excludes }: Rule, target: Target): string | undefined =>
  (excludes && whyExcluded(excludes, target)) ?? (includes && whyNotIncluded(includes, target))

const whyExcluded = ({ arches, caps, minKernel }: Gate, target: Target): string | undefined => {
  const docker = architecture(target.arch).docker
  if (arches?.includes(docker)) return `excluded on ${docker}`
  const held = caps?.find((name) => target.capabilities.includes(name))
  if (held) return `excluded with ${held}`
  if (minKernel !== undefined && kernelAtLeast(target.kernel, parseKernel(minKernel)))
    return `excluded from kernel ${minKernel} on`
  return undefined
}

const whyNotIncluded = ({ arches, caps, minKernel }: Gate, target: Target): string | undefined => {
  const docker = architecture(target.arch).docker
  if (arches?.length && !arches.includes(docker)) return `only on ${arches.join(', ')}`
  const missing = caps?.filter((name) => !target.capabilities.includes(name)) ?? []
  if (missing.length) return `needs ${missing.join(' and ')}`
  if (minKernel !== undefined && !kernelAtLeast(target.kernel, parseKernel(minKernel)))
    return `needs kernel ${minKernel} or newer`
  return undefined
}
