import type { Verdict } from '../../bpf/verdict.ts'
import { parseProfile } from '../../profile/parse.ts'
import type { Profile } from '../../profile/types.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { exactVerdict } from '../rules.ts'
import { rulesOf } from './document.ts'
import { composeRules } from './engine.ts'
import { commonArchitectures, flagsOf, listenerOf, uncommonArchitectures } from './header.ts'
import { architecturesOf, checkNumbers, nativeOf, setNative } from './native.ts'
import { endsAll, stubInIntersection, stubInUnion } from './stub.ts'
import { asAction, loosestAnswer, type Operation, strictestAnswer } from './verdicts.ts'
import { type ComposeWarning, composeWarnings, setWarnings } from './warnings.ts'

/**
 * The profile under which a call may do only what every one of the profiles lets it do: each call gets the strictest
 * of their verdicts, in the order KILL_PROCESS > KILL_THREAD > TRAP > ERRNO > NOTIFY > TRACE > LOG > ALLOW. It is what
 * the kernel makes of their filters when all are loaded, in one filter and one document.
 *
 * Of two ERRNO the number of a rule counts before that of a default, then that of the earlier profile. Gates and
 * `archMap` are kept. Where no rules can say the result exactly it is stricter, and {@link composeWarnings} says where;
 * also where runc's ENOSYS for calls newer than any named is less strict than a default: that `compile` refuses.
 * @throws ProfileError for a profile that breaks the format; SeccompError ERR_POLICY_CONFLICT for one that contradicts
 * itself, ERR_TARGET_INVALID where `profileFor` is needed first, ERR_USAGE for two listeners.
 * @example const profile = intersect(baseline, mine)
 * @see https://github.com/opencontainers/runtime-spec/issues/1317
 */
export const intersect = (first: Profile, ...others: readonly Profile[]): Profile =>
  others.reduce((a, b) => combine(a, parseProfile(b), intersection), parseProfile(first))

/**
 * The profile under which a call may do what any of the profiles lets it do: each call gets the least strict of their
 * verdicts. Meant for profiles recorded from several runs of one program.
 *
 * Ties and gates as in {@link intersect}. An architecture that only some of them list isn't in the result, because
 * its calls would get rules that were never meant for it; a warning says so. Where runc would let more through than
 * any of them, `compile` refuses it `as: 'runc'`.
 * @throws as {@link intersect}
 * @example const profile = union(recordedMonday, recordedTuesday)
 */
export const union = (first: Profile, ...others: readonly Profile[]): Profile =>
  others.reduce((a, b) => combine(a, parseProfile(b), unification), parseProfile(first))

interface Combination {
  readonly name: string
  readonly operation: Operation
  readonly flags: 'both' | 'either'
  warn(a: Profile, b: Profile, on: readonly ArchitectureName[] | undefined): ComposeWarning[]
}

const intersection: Combination = {
  name: 'intersection',
  operation: strictestAnswer,
  flags: 'both',
  warn: stubInIntersection,
}

const unification: Combination = {
  name: 'union',
  operation: loosestAnswer,
  flags: 'either',
  warn: (a, b, on) => {
    const names = uncommonArchitectures(a, b)
    const message =
      `${names.join(', ')}: not listed by all of the profiles, so not part of their union. ` +
      'List the same "architectures" in each, if programs of these may run.'
    return [...(names.length ? [{ kind: 'architecture', message } as const] : []), ...stubInUnion(a, b, on)]
  },
}

const combine = (a: Profile, b: Profile, { name, operation, flags, warn }: Combination): Profile => {
  checkNumbers([a, b])
  const fallbacks = [a, b].map((profile) => ({ verdict: defaultOf(profile), isDefault: true }))
  const defaultVerdict = operation(fallbacks)
  const isOneForAll = operation === strictestAnswer && (endsAll(a) || endsAll(b))
  const parts = [a, b].map(({ syscalls }, i) => ({
    rules: isOneForAll ? [] : syscalls,
    fallback: fallbacks[i]!,
  }))
  const on = [architecturesOf(a), architecturesOf(b)]
  const known = on.every((each) => each !== undefined) ? on.flat() : undefined
  const { rules, warnings } = composeRules(parts, operation, defaultVerdict, known)
  const { action, errnoRet } = asAction(defaultVerdict)
  const profile = parseProfile(
    {
      defaultAction: action,
      ...(errnoRet !== undefined && { defaultErrnoRet: errnoRet }),
      ...commonArchitectures(a, b),
      ...flagsOf(a, b, flags),
      ...listenerOf(a, b),
      syscalls: rulesOf(rules, defaultVerdict),
    },
    { source: name },
  )
  setWarnings(profile, [...composeWarnings(a), ...composeWarnings(b), ...warn(a, b, known), ...warnings])
  return setNative(profile, nativeOf(a) === nativeOf(b) ? nativeOf(a) : undefined)
}

/** The verdict of calls that no rule decides. */
export const defaultOf = ({ defaultAction, defaultErrnoRet }: Profile): Verdict =>
  exactVerdict(defaultAction, defaultErrnoRet)
