import { type Action, actionOf, KILL_PROCESS, strictness, type Verdict, verdict } from '../bpf/verdict.ts'
import { printable, SeccompError } from '../errors.ts'
import { requireObject } from '../given.ts'
import { found } from '../profile/found.ts'
import { defaultPositionOf, positionOf } from '../profile/positions.ts'
import { didYouMean } from '../profile/suggest.ts'
import type { ActionName, Profile } from '../profile/types.ts'
import { allSyscallNames, isKnownSyscall } from '../syscalls/numbers.ts'
import { architecturePolicy, type Entry } from './architecture-policy.ts'
import { formatPosition } from './format.ts'
import { type Faithfulness, faithfulnesses, type Policy, type Warning } from './policy.ts'
import { resolveProfile } from './resolve.ts'
import type { Target } from './target.ts'

/**
 * What a profile means on one target: gates resolved, names turned into numbers per architecture, rules in the order
 * they are tried.
 * @throws SeccompError ERR_POLICY_CONFLICT, ERR_UNKNOWN_SYSCALL (`as: 'safe'` only), ERR_MIXED_BYTE_ORDER; ERR_USAGE for
 * another `as`.
 * @example resolvePolicy(profile, makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }))
 */
export const resolvePolicy = (profile: Profile, target: Target, as: Faithfulness = 'safe'): Policy => {
  requireObject('resolvePolicy takes a checked profile, such as parseProfile() gives', profile, 'syscalls')
  requireObject('resolvePolicy takes a target, such as makeTarget() gives', target, 'arch')
  if (!faithfulnesses.includes(as))
    throw new SeccompError('ERR_USAGE', `as is ${faithfulnesses.join(', ')}; not ${found(as)}`)
  const warnings: Warning[] = []
  const { architectures, rules } = resolveProfile(profile, target)
  // Compared before 'safe' translates anything: what runc drops must not come to shadow a later rule, nor the reverse.
  const exactDefault = exactVerdict(profile.defaultAction, profile.defaultErrnoRet)
  const defaultVerdict = translate(exactDefault, as)
  const defaultPosition = defaultPositionOf(profile)
  if (defaultVerdict !== exactDefault)
    warnings.push({ kind: 'kill-thread', message: killThread, position: defaultPosition })
  const entries: Entry[] = []
  for (const rule of rules) {
    const exact = exactVerdict(rule.action, rule.errnoRet)
    const position = positionOf(rule)
    if (translate(exact, as) !== exact) warnings.push({ kind: 'kill-thread', message: killThread, position })
    for (const name of rule.names)
      entries.push({ name, rule, verdict: translate(exact, as), isDefault: exact === exactDefault })
  }
  checkNames(entries, defaultVerdict, as, warnings)
  return {
    target,
    as,
    defaultVerdict,
    defaultPosition,
    // libseccomp answers a foreign architecture with its KILL, which ends one thread only (SCMP_FLTATR_ACT_BADARCH).
    foreignVerdict: as === 'safe' ? KILL_PROCESS : verdict('KILL_THREAD'),
    architectures: architectures.map((arch) =>
      architecturePolicy(arch, { native: architectures[0]!, entries, defaultVerdict, as, warnings }),
    ),
    flags: profile.flags ?? [],
    warnings,
  }
}

const killThread =
  'SCMP_ACT_KILL ends one thread and leaves the process hanging; it kills the whole process instead (SCMP_ACT_KILL_PROCESS)'

/** ERRNO and TRACE without data mean EPERM (runc seccomp_linux.go, getAction); other actions carry none. */
export const exactVerdict = (name: ActionName, data: number | undefined): Verdict => {
  const action = (name === 'SCMP_ACT_KILL' ? 'KILL_THREAD' : name.slice('SCMP_ACT_'.length)) as Action
  return verdict(action, action === 'ERRNO' || action === 'TRACE' ? (data ?? 1) : 0)
}

const translate = (exact: Verdict, as: Faithfulness): Verdict =>
  as === 'safe' && actionOf(exact) === 'KILL_THREAD' ? KILL_PROCESS : exact

/** A name no architecture knows: nothing is lost in a rule that loosens, a hole in one that tightens. */
const checkNames = (
  entries: readonly Entry[],
  defaultVerdict: Verdict,
  as: Faithfulness,
  warnings: Warning[],
): void => {
  const holes: string[] = []
  // Each suggestion compares a name with every call there is: a document of nothing but such names must stay cheap.
  let suggestions = MAX_SUGGESTIONS
  for (const { name, rule, verdict: value } of entries) {
    if (name.startsWith('#') || isKnownSyscall(name)) continue
    const position = positionOf(rule)
    const hint = suggestions-- > 0 ? meant(name) : ''
    const stricter = strictness(actionOf(value)) < strictness(actionOf(defaultVerdict))
    if (stricter && as === 'safe')
      holes.push(`${printable(name)} (${formatPosition(position)}${hint.replace(/\?$/, '')})`)
    else
      warnings.push({
        kind: 'unknown-syscall',
        message: `no architecture has a call '${printable(name)}': the rule does nothing for it${hint}`,
        position,
        syscall: name,
      })
  }
  const more = holes.length - MAX_SUGGESTIONS
  if (holes.length)
    throw new SeccompError(
      'ERR_UNKNOWN_SYSCALL',
      `no architecture has a call named ${holes.slice(0, MAX_SUGGESTIONS).join(', ')}` +
        `${more > 0 ? `, and ${more} more` : ''}, and the rule would block it. ` +
        "Correct the spelling, remove the name, or compile as 'runc', which ignores it.",
    )
}

const MAX_SUGGESTIONS = 20

const meant = (name: string): string =>
  /^\d+$/.test(name) ? `; by its number a call is "#${name}"` : didYouMean(name, allSyscallNames())
