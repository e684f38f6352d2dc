/**
 * The policy that everything is measured on: Docker's default profile with Docker's capabilities, on x86_64 alone and
 * with x86 and x32 as Docker has it, as crun loads it: libseccomp has no ENOSYS stub. Names that this libseccomp
 * doesn't know are left out for both sides.
 */
import { resolveProfile } from '../out/policy/resolve.js'
import { resolvePolicy } from '../out/policy/rules.js'
import { makeTarget } from '../out/policy/target.js'
import { dockerDefault } from '../out/profile/presets/docker-default.js'
import { architecture } from '../out/syscalls/architectures.js'

export const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })

const sets = { x86_64: ['x86_64'], 'x86_64 + x86 + x32': ['x86_64', 'x86', 'x32'] }

/** Per set of architectures: its name, our profile and policy, the same for libseccomp, and what was left out. */
export const comparedPolicies = (libseccomp) =>
  Object.entries(sets).map(([name, architectures]) => {
    const full = forArchitectures(dockerDefault, architectures)
    const left = unknownNames(libseccomp, full, architectures)
    const profile = { ...full, syscalls: without(full.syscalls, left) }
    const opponent = (optimize) => ({
      defaultAction: profile.defaultAction,
      defaultErrnoRet: profile.defaultErrnoRet,
      optimize,
      architectures,
      syscalls: resolveProfile(profile, target).rules,
    })
    const resolve = () => resolvePolicy(profile, target, 'crun')
    return {
      name,
      architectures,
      full: resolvePolicy(full, target, 'crun'),
      left,
      profile,
      resolve,
      opponent,
    }
  })

const forArchitectures = ({ archMap: _, ...profile }, names) => ({
  ...profile,
  architectures: names.map((name) => architecture(name).scmp),
})

const unknownNames = (libseccomp, profile, architectures) => {
  const names = [...new Set(profile.syscalls.flatMap((rule) => rule.names))]
  const left = new Set()
  for (const arch of architectures)
    for (const [i, number] of libseccomp.resolve(arch, names).entries()) if (number === -1) left.add(names[i])
  // Debian 12's libseccomp has it everywhere but on x32.
  if (architectures.includes('x32')) left.add('map_shadow_stack')
  return left
}

const without = (rules, left) =>
  rules
    .map((rule) => ({ ...rule, names: rule.names.filter((name) => !left.has(name)) }))
    .filter((rule) => rule.names.length > 0)
