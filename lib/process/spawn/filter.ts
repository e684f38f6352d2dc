/** From the `seccomp` options of a spawn to the filters that its program gets. */
import { SeccompError } from '../../errors.ts'
import { type Filter, isFilter } from '../../filter/compile.ts'
import { handedOver } from '../../kernel/handed-over.ts'
import { hostTarget } from '../../kernel/host.ts'
import { requireSupport } from '../../kernel/requirements.ts'
import type { ProfileSource } from '../../load.ts'
import type { Target } from '../../policy/target.ts'
import { found } from '../../profile/found.ts'
import { isUnconfined } from '../../profile/kubernetes.ts'
import { findPreset } from '../../profile/presets/index.ts'
import type { FlagName, Profile } from '../../profile/types.ts'
import { refuseUnknown } from '../../profile/unknown-option.ts'
import { answering, compileAnswering } from './answering.ts'
import { launcherPath } from './launcher.ts'
import type { SeccompOptions, WithSeccomp } from './options.ts'
import { profileOf } from './profile.ts'

/** What a program is started under. */
export interface Confinement {
  /** In the order to install them, at least one. */
  readonly filters: readonly Filter[]
  readonly flags: readonly FlagName[]
  readonly noNewPrivileges: boolean
  /** They send a signal for what they deny, and take a handler for it in the program. */
  readonly traps: boolean
}

/** Of `seccompOptions`. */
const taken: readonly (keyof SeccompOptions)[] = [
  ...(['as', 'capabilities', 'kernel', 'noNewPrivileges', 'onViolation', 'stages', 'force'] as const),
]

/** Filters that were found to ask for nothing that this kernel lacks. */
const supported = new WeakSet<Filter>()

/**
 * What the options ask for, or SECCOMP_DEFAULT where they ask for nothing; undefined for no filter.
 * @param mayBeStaged whether what is started is known to be Node
 * @throws SeccompError ERR_USAGE for a `seccomp` that is no profile, or options without one; ERR_KERNEL_UNSUPPORTED for a
 * profile that needs a supervisor, or an action or flag that this kernel lacks; ERR_UNSUPPORTED_PLATFORM, ERR_BINDING_NOT_FOUND; what loading and compiling throw.
 */
export const confinementOf = (options: unknown, mayBeStaged = false): Confinement | undefined => {
  const given = typeof options === 'object' && options !== null ? options : {}
  const { seccompOptions, uid } = given as WithSeccomp & { readonly uid?: number | null }
  let { seccomp } = given as WithSeccomp
  if (!('seccomp' in given)) {
    if (seccompOptions !== undefined)
      throw usage('seccompOptions is given and seccomp is not; name a profile')
    seccomp = defaultProfile()
    if (seccomp === undefined) return undefined
  }
  const known = seccompOptions === undefined && recall(seccomp)
  if (known && known.target === targetOf(uid)) return known.confinement
  if (seccomp === undefined || seccomp === null)
    throw usage(`seccomp is ${seccomp}; name a profile, or 'unconfined' for none`)
  if (seccompOptions === null || !['undefined', 'object'].includes(typeof seccompOptions))
    throw usage(`seccompOptions is an object, not ${found(seccompOptions)}`)
  refuseUnknown(seccompOptions ?? {}, taken)
  if (seccompOptions?.stages === 2 && !mayBeStaged)
    throw usage('only fork() has two stages, for it knows that it starts Node')
  if (isUnconfined(seccomp)) return undefined
  // Where nothing can be enforced, that is what to say first. Where stage two was, it can.
  if (!handedOver()) launcherPath()
  const target = targetOf(uid)
  const source = isFilter(seccomp) || Array.isArray(seccomp) ? seccomp : profileOf(seccomp as ProfileSource)
  const confinement = confinementBy(source, seccompOptions ?? {}, target)
  if (seccompOptions === undefined && !Array.isArray(source)) usual.set(source, { target, confinement })
  return confinement
}

interface Known {
  readonly target: Target
  readonly confinement: Confinement
}

/** By what doesn't change: profiles that were checked, filters. */
const usual = new WeakMap<object, Known>()

/** What most ask for, and ask for again: a preset or a filter, without options. All else is looked at each time. */
const recall = (seccomp: WithSeccomp['seccomp']): Known | undefined => {
  const source = typeof seccomp === 'string' ? findPreset(seccomp) : seccomp
  return source && usual.get(source)
}

type Source = Profile | Filter | readonly Filter[]

const confinementBy = (source: Source, seccompOptions: SeccompOptions, target: Target): Confinement => {
  const filters = filtersOf(source, seccompOptions, target)
  const flags = commonFlags(filters)
  // The kernel stays the same, and asking it for each spawn takes a twentieth of the whole.
  if (!filters.every((filter) => supported.has(filter))) {
    requireSupport({ programs: filters.map(({ instructions }) => instructions), flags })
    for (const filter of filters) supported.add(filter)
  }
  return {
    filters,
    flags,
    noNewPrivileges: seccompOptions.noNewPrivileges !== false,
    traps: seccompOptions.onViolation === 'trap',
  }
}

/** What holds for a program that nobody names a profile for, as kubelet's `--seccomp-default` has it for containers. */
const defaultProfile = (): string | undefined => {
  const value = process.env['SECCOMP_DEFAULT']
  if (value === undefined || value === '' || value === '0' || value === 'false') return undefined
  if (value === '1' || value === 'true') return 'docker-default'
  throw usage(`SECCOMP_DEFAULT is 1 or true for docker-default, 0 or false for none, not ${found(value)}`)
}

const usage = (message: string): SeccompError =>
  new SeccompError('ERR_USAGE', `${message}; nothing was started`)

const filtersOf = (source: Source, options: SeccompOptions, target: Target): readonly Filter[] => {
  const given = Array.isArray(source)
    ? (source as readonly unknown[])
    : isFilter(source)
      ? [source]
      : undefined
  if (!given) return compiled(source as Profile, options, target)
  if (given.length === 0 || !given.every(isFilter))
    throw usage('a list for seccomp holds filters, at least one')
  const idle = (['as', 'capabilities', 'kernel'] as const).filter((name) => options[name] !== undefined)
  if (idle.length > 0)
    throw usage(`a filter is compiled already: ${idle.join(', ')} in seccompOptions would say nothing`)
  for (const { policy } of given)
    if (policy.target.arch !== target.arch)
      throw new SeccompError(
        'ERR_TARGET_INVALID',
        `the filter is for ${policy.target.arch} and this machine is ${target.arch}; compile the profile here`,
      )
  return answering(given, options.onViolation)
}

const compiledFilters = new WeakMap<Profile, Map<string, readonly Filter[]>>()

/** Compiled once for each profile and target. */
const compiled = (profile: Profile, options: SeccompOptions, target: Target): readonly Filter[] => {
  const { as, capabilities, kernel, onViolation } = options
  const key = `${JSON.stringify([as, capabilities, kernel, onViolation])} ${keyOfTarget(target)}`
  const ofProfile = compiledFilters.get(profile) ?? new Map<string, readonly Filter[]>()
  compiledFilters.set(profile, ofProfile)
  const known = ofProfile.get(key)
  if (known) return known
  const filters = compileAnswering(
    profile,
    {
      ...(as === undefined ? {} : { as }),
      ...(capabilities === undefined ? {} : { capabilities }),
      ...(kernel === undefined ? {} : { kernel }),
    },
    target,
    onViolation,
  )
  ofProfile.set(key, filters)
  return filters
}

const targetKeys = new WeakMap<Target, string>()

/** Targets are few objects, kept; each is put in words once. */
const keyOfTarget = (target: Target): string => {
  const key = targetKeys.get(target) ?? JSON.stringify(target)
  targetKeys.set(target, key)
  return key
}

let host:
  | {
      readonly own: number
      readonly effective: number
      readonly target: Target
      readonly withoutRoot: Target
    }
  | undefined

/** This machine, for a program that gets another user's id if `uid` is one. */
const targetOf = (uid: number | null | undefined): Target => {
  // Reading /proc takes longer than the rest. Within a process, capabilities go with a change of ids.
  const own = process.getuid!()
  const effective = process.geteuid!()
  if (host?.own !== own || host.effective !== effective) {
    const target = hostTarget()
    host = { own, effective, target, withoutRoot: { ...target, capabilities: [] } }
  }
  // setuid(2) away from root drops all capabilities, and no_new_privs lets none come back.
  return uid ? host.withoutRoot : host.target
}

/** The flags that all filters of a stack have. */
export const commonFlags = ([first, ...others]: readonly Filter[]): readonly FlagName[] => {
  const flags = first!.policy.flags
  const same = others.every(({ policy }) => [...policy.flags].sort().join() === [...flags].sort().join())
  if (same) return flags
  throw usage('the filters of one stack have different flags; give their profiles the same')
}
