import { SeccompError } from '../errors.ts'
import { kindOf } from '../given.ts'
import { extend } from '../policy/compose/extend.ts'
import { errno, type Outcome, profile } from '../profile/build.ts'
import { parseProfile } from '../profile/parse.ts'
import type { ActionName, Profile } from '../profile/types.ts'
import { type ArchitectureName, architecture, architectures } from '../syscalls/architectures.ts'
import type { AuditRecord } from './line.ts'
import { type Needed, neededBeside, optionalBeside } from './needed.ts'

/** A call that was seen; {@link AuditSummary.counts} gives them. */
export type SeenCall = Pick<AuditRecord, 'name' | 'number' | 'arch' | 'foreign'>

/** How a profile is made of calls. */
export interface LearnOptions {
  /** A profile to open further; default: none, and nothing is allowed but what was seen and is needed. */
  readonly base?: Profile
  /** What all other calls get; default: ERRNO(EPERM). Not together with `base`, which has its own. */
  readonly default?: Outcome | ActionName
}

/** A profile, and what its user should know of it. */
export interface LearnedProfile {
  readonly profile: Profile
  /** What it allows although nobody was seen making it. */
  readonly added: readonly Needed[]
  /** Calls that were seen and that the base allows under conditions on their arguments: those were left as they are. */
  readonly conditional: readonly string[]
  /** Calls that were seen and can't be in a profile, for they have no name. */
  readonly unnamed: readonly SeenCall[]
  /** Architectures of calls that were seen and that the base doesn't list: their calls stay forbidden. */
  readonly closed: readonly ArchitectureName[]
}

/**
 * A profile that allows the calls of a log, and what every program needs to start and end.
 *
 * Without a base it is an allow-list for the architectures that were seen (where a log doesn't tell, it names none,
 * and the runtime takes its own). Arguments aren't known, so a call is allowed whatever they are; only what the base
 * allows under conditions stays so.
 * @throws SeccompError ERR_USAGE for no call at all, or a base together with a default; else as `extend`.
 * @example const { profile, added } = profileFromCalls(summary.counts())
 */
export const profileFromCalls = (
  seen: Iterable<SeenCall>,
  { base, default: fallback }: LearnOptions = {},
): LearnedProfile => {
  if (typeof (seen as Iterable<SeenCall> | undefined)?.[Symbol.iterator] !== 'function')
    throw new SeccompError('ERR_USAGE', `profileFromCalls takes a list of calls, not ${kindOf(seen)}`)
  const calls = [...seen]
  if (base && fallback !== undefined)
    throw new SeccompError('ERR_USAGE', 'a base profile has its own default; give one of the two')
  const named = calls.filter((call) => call.name !== undefined)
  if (named.length === 0)
    throw new SeccompError(
      'ERR_USAGE',
      'no system call was seen, and a profile of none would let nothing run',
    )
  const names = new Set(named.map(({ name }) => name!))
  const seenOn = new Set(named.map(({ arch }) => arch))
  const where = seenOn.has(undefined) ? undefined : inOrder(seenOn as ReadonlySet<ArchitectureName>)
  const unnamed = calls.filter((call) => call.name === undefined)
  return base
    ? { ...opened(parseProfile(base), names, where), unnamed }
    : { ...allowList(names, where, fallback ?? errno('EPERM')), unnamed, conditional: [], closed: [] }
}

const inOrder = (names: ReadonlySet<ArchitectureName>): ArchitectureName[] =>
  architectures.map(({ name }) => name).filter((name) => names.has(name))

const allowList = (
  names: ReadonlySet<string>,
  where: readonly ArchitectureName[] | undefined,
  fallback: Outcome | ActionName,
): Pick<LearnedProfile, 'profile' | 'added'> => {
  const added = neededBeside(names, where)
  const known = where && { architectures: where.map((name) => architecture(name).scmp) }
  let builder = profile({ default: fallback, ...known }).allow(...[...names].sort(), { comment: 'seen' })
  for (const each of added) builder = builder.allow(...each.names, { comment: comment(each) })
  const action = typeof fallback === 'string' ? fallback : fallback.action
  if (action === 'SCMP_ACT_ERRNO')
    for (const each of optionalBeside(names, where))
      builder = builder.deny(...each.names, { errno: 'ENOSYS', comment: comment(each) })
  return { profile: builder.build(), added }
}

const comment = ({ why }: Needed): string => `not seen: ${why}`

/** The base, with rules for what it doesn't allow yet. */
const opened = (
  base: Profile,
  names: ReadonlySet<string>,
  where: readonly ArchitectureName[] | undefined,
): Omit<LearnedProfile, 'unnamed'> => {
  const always = new Set<string>()
  const sometimes = new Set<string>()
  const gated = new Set<string>()
  for (const { action, args, includes, excludes, names: of } of base.syscalls)
    if (action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG')
      for (const name of of) {
        if (args.length) sometimes.add(name)
        else if (!excludes && !includes?.caps && !includes?.minKernel) always.add(name)
        else gated.add(name)
      }
  const isNew = (name: string): boolean => !always.has(name) && !sometimes.has(name)
  const denying = !['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG'].includes(base.defaultAction)
  const added = neededBeside(names, where)
    .map((each) => ({ ...each, names: each.names.filter((name) => isNew(name) && !gated.has(name)) }))
    .filter((each) => denying && each.names.length)
  const allow = [...names].filter(isNew).sort()
  return {
    profile: extend(base, { allow: [...allow, ...added.flatMap((each) => each.names)] }),
    added,
    conditional: [...sometimes].filter((name) => names.has(name) && !always.has(name)).sort(),
    closed: (where ?? []).filter((name) => !isListed(base, name)),
  }
}

const isListed = ({ architectures: listed, archMap }: Profile, name: ArchitectureName): boolean => {
  const { scmp } = architecture(name)
  if (listed) return listed.includes(scmp)
  if (!archMap) return true
  return archMap.some((row) => row.architecture === scmp || row.subArchitectures.includes(scmp))
}
