import { type Verdict, verdict } from '../../bpf/verdict.ts'
import { SeccompError } from '../../errors.ts'
import { requireObject } from '../../given.ts'
import { quote } from '../../profile/found.ts'
import { parseProfile } from '../../profile/parse.ts'
import { didYouMean } from '../../profile/suggest.ts'
import type { ActionName, Condition, Profile, Rule } from '../../profile/types.ts'
import { allSyscallNames, isKnownSyscall } from '../../syscalls/numbers.ts'
import { exactVerdict } from '../rules.ts'
import { rulesOf } from './document.ts'
import { composeRules, together } from './engine.ts'
import { architecturesOf, checkNumbers, nativeOf, setNative } from './native.ts'
import { stubInExtension } from './stub.ts'
import { defaultOf } from './union-intersect.ts'
import { asAction, atLeastAsStrict, type Operation } from './verdicts.ts'
import { composeWarnings, setWarnings } from './warnings.ts'

/** Calls that are opened: a name, or names with conditions under which they are. */
export type Allowed = string | { readonly names: readonly string[]; readonly args?: readonly Condition[] }

/** Calls that are closed: a name, or names with conditions under which they are, and what they get then. */
export type Denied =
  | string
  | {
      readonly names: readonly string[]
      readonly args?: readonly Condition[]
      /** The errno, also for calls that fail with another already. */
      readonly errnoRet?: number
      /** SCMP_ACT_ERRNO, or a stricter one. */
      readonly action?: ActionName
    }

/** What `extend` changes. */
export interface Changes {
  readonly allow?: readonly Allowed[]
  readonly deny?: readonly Denied[]
}

const EPERM: Verdict = verdict('ERRNO', 1)

/**
 * A profile with some calls opened and some closed. Everything else stays as it was, gates and all.
 *
 * `allow` lets calls through, whatever rules the base has for them. `deny` stops them, whatever rules the base and
 * `allow` have: they get the base's default if that denies (ERRNO or stricter), else ERRNO(EPERM), unless the change
 * says what; a call that was denied as strictly keeps its verdict. With conditions, only calls that match change.
 * `socketcall` and `ipc`, through which old architectures reach some of the calls, are opened and closed alike. Where
 * runc would let another call through than before, `compile` refuses the result `as: 'runc'`.
 * @throws SeccompError ERR_UNKNOWN_NAME for a name that no architecture has; ERR_USAGE for a call that is both allowed
 * and denied without conditions, or denied with an action that doesn't; else as `intersect`. ProfileError for a
 * change that breaks the format.
 * @example extend(dockerDefault, { allow: ['perf_event_open'], deny: [{ names: ['ptrace'], errnoRet: 38 }] })
 */
export const extend = (base: Profile, wanted: Changes): Profile => {
  const profile = parseProfile(base)
  requireObject('extend takes changes, such as { allow: […] }', wanted)
  const { allow = [], deny = [] } = wanted
  const defaultVerdict = defaultOf(profile)
  const plain = asAction(atLeastAsStrict(defaultVerdict, EPERM) ? defaultVerdict : EPERM)
  const allowed = readRules(
    'allow',
    allow.map((each) => ({ ...spell(each), action: 'SCMP_ACT_ALLOW' })),
  )
  const denied = readRules(
    'deny',
    deny.map((each) =>
      isPlain(each) ? { ...spell(each), ...plain } : { action: 'SCMP_ACT_ERRNO', ...spell(each) },
    ),
  )
  checkChanges(allowed, denied)
  const changes = [
    allowed,
    denied.filter((_, i) => isPlain(deny[i]!)),
    denied.filter((_, i) => !isPlain(deny[i]!)),
  ]
  const names = new Set(changes.flat().flatMap((rule) => rule.names))
  checkNumbers([profile], names)

  const parts = [
    { rules: profile.syscalls, fallback: { verdict: defaultVerdict, isDefault: true } },
    ...changes.map((rules) => ({ rules, fallback: { verdict: undefined, isDefault: true } })),
  ]
  const touched = new Set(
    together(parts)
      .filter((group) => group.some((name) => names.has(name)))
      .flat(),
  )
  const composed = composeRules(
    parts.map((part) => ({ ...part, rules: only(part.rules, (name) => touched.has(name)) })),
    changed,
    defaultVerdict,
    architecturesOf(profile),
  )
  const untouched = only(profile.syscalls, (name) => !touched.has(name))
  const extended = parseProfile(
    { ...profile, syscalls: [...untouched, ...rulesOf(composed.rules, defaultVerdict, untouched)] },
    { source: 'extension' },
  )
  const opened = new Set(allowed.filter(({ args }) => !args?.length).flatMap(({ names }) => names))
  const stub = stubInExtension(profile, extended, opened, architecturesOf(profile))
  setWarnings(extended, [...composeWarnings(profile), ...stub, ...composed.warnings])
  return setNative(extended, nativeOf(profile))
}

/** What a call gets, of the base's answer and what the changes say: allow, deny, deny with a verdict of its own. */
const changed: Operation = ([base, allowed, denied, answered]) => {
  let value = allowed?.verdict ?? base!.verdict!
  if (denied?.verdict !== undefined && !atLeastAsStrict(value, denied.verdict)) value = denied.verdict
  if (answered?.verdict !== undefined && atLeastAsStrict(answered.verdict, value)) value = answered.verdict
  return value
}

const spell = (change: Allowed | Denied): { readonly names: readonly string[] } =>
  typeof change === 'string' ? { names: [change] } : change

/** Whether a denial leaves it to the profile how. */
const isPlain = (change: Denied): boolean =>
  typeof change === 'string' || (change.errnoRet === undefined && change.action === undefined)

/** Changes are checked as the rules of a profile are. */
const readRules = (source: string, syscalls: readonly object[]): readonly Rule[] =>
  parseProfile({ defaultAction: 'SCMP_ACT_LOG', syscalls }, { source }).syscalls

const checkChanges = (allowed: readonly Rule[], denied: readonly Rule[]): void => {
  for (const name of [...allowed, ...denied].flatMap(({ names }) => names))
    if (!name.startsWith('#') && !isKnownSyscall(name))
      throw new SeccompError(
        'ERR_UNKNOWN_NAME',
        `no architecture has a call ${quote(name)}${didYouMean(name, allSyscallNames())}`,
      )
  const outright = (rules: readonly Rule[]): string[] =>
    rules.filter(({ args }) => args.length === 0).flatMap(({ names }) => names)
  const both = outright(allowed).filter((name) => outright(denied).includes(name))
  if (both.length)
    throw new SeccompError('ERR_USAGE', `${both.join(', ')}: both allowed and denied; say which it is to be`)
  const weak = denied.find(({ action, errnoRet }) => !atLeastAsStrict(exactVerdict(action, errnoRet), EPERM))
  if (weak)
    throw new SeccompError(
      'ERR_USAGE',
      `${weak.action} doesn't deny ${weak.names.join(', ')}: use SCMP_ACT_ERRNO, SCMP_ACT_TRAP or SCMP_ACT_KILL_PROCESS`,
    )
}

/** The rules with only those names that `isWanted`. */
const only = (rules: readonly Rule[], isWanted: (name: string) => boolean): Rule[] =>
  rules.flatMap((rule) => {
    const names = rule.names.filter(isWanted)
    return names.length ? [{ ...rule, names }] : []
  })
