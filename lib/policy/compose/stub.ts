import { actionOf, strictness, type Verdict } from '../../bpf/verdict.ts'
import type { Profile, Rule } from '../../profile/types.ts'
import { type ArchitectureName, architectures } from '../../syscalls/architectures.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import { multiplexedBy } from '../multiplex.ts'
import { exactVerdict } from '../rules.ts'
import type { ComposeWarning } from './warnings.ts'

/**
 * Where runc's stub (patchbpf/enosys_linux.go: ENOSYS above the newest call that a profile names) makes a composition
 * say something else than its profiles, which no rule can mend: a profile can't name a call and keep its stub lower.
 * Both of these ask which calls a profile surely names; where gates decide that, they warn rather than not.
 */

/** One of two profiles, and the other. */
type Sides = readonly [one: Profile, other: Profile]

const sidesOf = (a: Profile, b: Profile): Sides[] => [
  [a, b],
  [b, a],
]

/**
 * A profile that names no call of an architecture has no stub there: its default, which may be to end the process, holds
 * for calls newer than any. An intersection with one that names some has a stub.
 */
export const stubInIntersection = (
  a: Profile,
  b: Profile,
  on: readonly ArchitectureName[] | undefined,
): ComposeWarning[] => {
  if (endsAll(a) || endsAll(b)) return []
  const where = among(on).filter((arch) =>
    sidesOf(a, b).some(
      ([one, other]) =>
        isStricterThanStub(defaultOf(one)) &&
        !one.syscalls.some((rule) => !isGated(rule) && surelyNewest(rule, arch, on) > 0) &&
        other.syscalls.some(
          (rule) => newestOf(rule, arch, 'safe') > 0 && !one.syscalls.some((each) => isSameGate(each, rule)),
        ),
    ),
  )
  if (where.length === 0) return []
  const message =
    `${where.join(', ')}: calls newer than any that is named get ENOSYS there (unless loaded by crun), not the default of ` +
    'the profile that names none. Name one call in it, with its default action, to see the same from it alone.'
  return [{ kind: 'stub', message, wider: { as: ['safe', 'runc'], on: where } }]
}

/** Whether every call ends the process: then an intersection needs no rule, and so has no stub. */
export const endsAll = ({ defaultAction, syscalls }: Profile): boolean =>
  defaultAction === 'SCMP_ACT_KILL_PROCESS' && syscalls.length === 0

/**
 * Calls behind socketcall or ipc don't count to runc's stub, so it may answer to the number that such a call also has of
 * its own, whatever the rules say; in a union with a profile that names newer calls it doesn't any more.
 */
export const stubInUnion = (
  a: Profile,
  b: Profile,
  on: readonly ArchitectureName[] | undefined,
): ComposeWarning[] => {
  const found: Opened = new Map()
  for (const [one, other] of sidesOf(a, b))
    for (const [name, where] of openedBy(one, other, on))
      if (!isAllowedBy(other, name, one))
        found.set(name, [...new Set([...(found.get(name) ?? []), ...where])])
  return opened(found)
}

/** The same of an extension: only what is allowed by name may be more than in the base. */
export const stubInExtension = (
  base: Profile,
  extended: Profile,
  allowed: ReadonlySet<string>,
  on: readonly ArchitectureName[] | undefined,
): ComposeWarning[] => opened([...openedBy(base, extended, on)].filter(([name]) => !allowed.has(name)))

type Opened = Map<string, ArchitectureName[]>

/** The calls behind a door that a profile names and its stub answers, but not that of one with newer calls; and where. */
const openedBy = (one: Profile, other: Profile, on: readonly ArchitectureName[] | undefined): Opened => {
  const found: Opened = new Map()
  if (!hasStub(defaultOf(one))) return found
  for (const name of new Set(one.syscalls.flatMap(({ names }) => names)))
    for (const arch of among(on)) {
      const door = multiplexedBy(name)?.door
      const number = numberOf(arch, name)
      if (door === undefined || number === undefined || numberOf(arch, door) === undefined) continue
      const isReached = (rule: Rule): boolean => newestOf(rule, arch, 'runc') >= number
      const isOpened =
        !one.syscalls.some((rule) => !isGated(rule) && surelyNewest(rule, arch, on) >= number) &&
        other.syscalls.some((rule) => isReached(rule) && !one.syscalls.some((each) => isSameGate(each, rule)))
      if (isOpened) found.set(name, [...(found.get(name) ?? []), arch])
    }
  return found
}

const opened = (found: Iterable<[string, ArchitectureName[]]>): ComposeWarning[] =>
  [...found].map(([syscall, where]) => ({
    kind: 'stub',
    syscall,
    wider: { as: ['runc'], on: where },
    message:
      `as runc loads it, ${syscall} by its own number on ${where.join(', ')} may get what its rule says, where it got ` +
      'ENOSYS before: newer calls are named now. ' +
      `Leave ${syscall} out, or load it as crun or this package does.`,
  }))

const among = (on: readonly ArchitectureName[] | undefined): readonly ArchitectureName[] =>
  on ?? architectures.map(({ name }) => name)

const defaultOf = ({ defaultAction, defaultErrnoRet }: Profile): Verdict =>
  exactVerdict(defaultAction, defaultErrnoRet)

const rank = (verdict: Verdict): number => strictness(actionOf(verdict))
const ERRNO = strictness('ERRNO')
const isStricterThanStub = (verdict: Verdict): boolean => rank(verdict) < ERRNO
/** Where the default lets through, there is no stub. */
const hasStub = (verdict: Verdict): boolean => !['ALLOW', 'LOG', 'TRACE'].includes(actionOf(verdict))

/** Whether a profile lets a call do, whatever its arguments, all that some rule of another lets it. */
const isAllowedBy = (profile: Profile, name: string, other: Profile): boolean => {
  const loosest = Math.max(
    ...other.syscalls.filter(({ names }) => names.includes(name)).map((rule) => rank(verdictOf(rule))),
  )
  return profile.syscalls.some(
    (rule) =>
      rule.names.includes(name) &&
      !isGated(rule) &&
      (rule.args ?? []).length === 0 &&
      rank(verdictOf(rule)) >= loosest,
  )
}

const verdictOf = ({ action, errnoRet }: Rule): Verdict => exactVerdict(action, errnoRet)

const isGated = ({ includes, excludes }: Rule): boolean => includes !== undefined || excludes !== undefined

/** Whether a rule is there wherever another is, and names what it names. */
const isSameGate = (each: Rule, rule: Rule): boolean =>
  rule.names.every((name) => each.names.includes(name)) &&
  (!isGated(each) ||
    JSON.stringify([each.includes, each.excludes]) === JSON.stringify([rule.includes, rule.excludes]))

/** The newest call of a rule that counts to the stub however it is loaded; a number is the native architecture's. */
const surelyNewest = (
  { names, ...rule }: Rule,
  arch: ArchitectureName,
  on: readonly ArchitectureName[] | undefined,
): number =>
  newestOf(
    { ...rule, names: on?.[0] === arch ? names : names.filter((name) => !name.startsWith('#')) },
    arch,
    'runc',
  )

/** The newest call of a rule that may count; 0 for none. */
const newestOf = ({ names }: Rule, arch: ArchitectureName, as: 'safe' | 'runc'): number =>
  Math.max(
    0,
    ...names.map((name) => {
      if (name.startsWith('#')) return Number(name.slice(1))
      const door = multiplexedBy(name)?.door
      const isBehind = as === 'runc' && door !== undefined && numberOf(arch, door) !== undefined
      return isBehind ? 0 : (numberOf(arch, name) ?? 0)
    }),
  )
