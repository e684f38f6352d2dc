import {
  type Action,
  ALLOW,
  actionOf,
  KILL_PROCESS,
  strictness,
  type Verdict,
  verdict,
} from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import { positionOf } from '../profile/positions.ts'
import type { ActionName, Profile, Rule } from '../profile/types.ts'
import type { Architecture } from '../syscalls/architectures.ts'
import { errnoNumber } from '../syscalls/errno.ts'
import { isKnownSyscall, nameOf, numberOf } from '../syscalls/numbers.ts'
import { lowerConditions } from './conditions.ts'
import { mergeRules } from './merge.ts'
import { multiplexedBy } from './multiplex.ts'
import type { ArchitecturePolicy, CallPolicy, Faithfulness, Policy, PolicyRule, Warning } from './policy.ts'
import { resolveProfile } from './resolve.ts'
import type { Target } from './target.ts'

/**
 * What a profile means on one target: gates resolved, names turned into numbers per architecture, rules in the order
 * they are tried.
 * @throws SeccompError ERR_POLICY_CONFLICT, ERR_UNKNOWN_SYSCALL (`as: 'safe'` only), ERR_MIXED_BYTE_ORDER.
 * @example resolvePolicy(profile, makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }))
 */
export const resolvePolicy = (profile: Profile, target: Target, as: Faithfulness = 'safe'): Policy => {
  const warnings: Warning[] = []
  const { architectures, rules } = resolveProfile(profile, target)
  // Compared before 'safe' translates anything: what runc drops must not come to shadow a later rule, nor the reverse.
  const exactDefault = exactVerdict(profile.defaultAction, profile.defaultErrnoRet)
  const defaultVerdict = translate(exactDefault, as)
  if (defaultVerdict !== exactDefault)
    warnings.push({ kind: 'kill-thread', message: killThread, position: positionOf(profile) })
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
    // libseccomp answers a foreign architecture with its KILL, which ends one thread only (SCMP_FLTATR_ACT_BADARCH).
    foreignVerdict: as === 'safe' ? KILL_PROCESS : verdict('KILL_THREAD'),
    architectures: architectures.map((each) =>
      architecturePolicy(each, entries, defaultVerdict, as, warnings),
    ),
    flags: profile.flags ?? [],
    warnings,
  }
}

/** One name of one rule whose gates are open. */
interface Entry {
  readonly name: string
  readonly rule: Rule
  readonly verdict: Verdict
  /** Its whole action is the default's: runc and crun skip such a rule (seccomp_linux.go), but count its numbers. */
  readonly isDefault: boolean
}

const killThread =
  'SCMP_ACT_KILL ends one thread and leaves the process hanging; it kills the whole process instead (SCMP_ACT_KILL_PROCESS)'

/** ERRNO and TRACE without data mean EPERM (runc seccomp_linux.go, getAction); other actions carry none. */
const exactVerdict = (name: ActionName, data: number | undefined): Verdict => {
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
  for (const { name, rule, verdict: value } of entries) {
    if (name.startsWith('#') || isKnownSyscall(name)) continue
    const position = positionOf(rule)
    const stricter = strictness(actionOf(value)) < strictness(actionOf(defaultVerdict))
    if (stricter && as === 'safe') {
      const at = position
        ? ` (${position.source ?? 'profile'}${position.line ? `:${position.line}` : ''} ${position.pointer})`
        : ''
      holes.push(`${name}${at}`)
    } else
      warnings.push({
        kind: 'unknown-syscall',
        message: `no architecture has a call '${name}': the rule does nothing for it`,
        position,
        syscall: name,
      })
  }
  if (holes.length)
    throw new SeccompError(
      'ERR_UNKNOWN_SYSCALL',
      `no architecture has a call named ${holes.join(', ')}, and the rule would block it. ` +
        "Correct the spelling, remove the name, or compile as 'runc', which ignores it.",
    )
}

const architecturePolicy = (
  arch: Architecture,
  entries: readonly Entry[],
  defaultVerdict: Verdict,
  as: Faithfulness,
  warnings: Warning[],
): ArchitecturePolicy => {
  const byNumber = new Map<number, PolicyRule[]>()
  let newest = 0
  const add = (number: number, rules: readonly PolicyRule[]): void => {
    const known = byNumber.get(number)
    if (known) known.push(...rules)
    else byNumber.set(number, [...rules])
  }
  for (const entry of entries) {
    const number = numberFor(arch, entry.name)
    if (number !== undefined) newest = Math.max(newest, number)
    if (entry.isDefault) continue
    const rules = lowerConditions(
      entry.rule.args,
      entry.verdict,
      { arch, as, syscall: entry.name, position: positionOf(entry.rule) },
      warnings,
    )
    const door = multiplexedBy(entry.name)
    const doorNumber = door && numberOf(arch.name, door.door)
    if (doorNumber !== undefined)
      add(
        doorNumber,
        rules.map((rule) => throughDoor(rule, door!.call, { arch, entry, warnings })),
      )
    if (number !== undefined) add(number, rules)
  }
  const above = enosysAbove(arch, newest, defaultVerdict, as)
  // runc's stub for s390: a call made the old way with number 0 (enosys_linux.go).
  if (above && arch.table.startsWith('s390') && !byNumber.has(0))
    byNumber.set(0, [{ conditions: [], verdict: above.verdict, position: undefined }])
  const calls: CallPolicy[] = [...byNumber]
    .sort(([a], [b]) => a - b)
    .map(([number, rules]) => {
      const name = nameOf(arch.name, number) ?? `#${number}`
      return { number, name, rules: mergeRules(rules, { arch: arch.name, syscall: name }, warnings) }
    })
  return { arch: arch.name, audit: arch.audit, calls, above }
}

/** The number of a name here, or of `#1000`. */
const numberFor = (arch: Architecture, name: string): number | undefined =>
  name.startsWith('#') ? Number(name.slice(1)) : numberOf(arch.name, name)

/** runc's stub (patchbpf/enosys_linux.go): only where the default would otherwise break programs that probe. */
const enosysAbove = (
  arch: Architecture,
  newest: number,
  defaultVerdict: Verdict,
  as: Faithfulness,
): ArchitecturePolicy['above'] => {
  const lenient = [ALLOW, verdict('LOG')].includes(defaultVerdict) || actionOf(defaultVerdict) === 'TRACE'
  // Number 0 alone counts as none in runc.
  if (as === 'crun' || lenient || newest === 0) return undefined
  return { newest, verdict: verdict('ERRNO', errnoNumber('ENOSYS', arch.name)!) }
}

/** The same rule behind socketcall or ipc: argument 0 picks the call, which loses a condition on it. */
const throughDoor = (
  rule: PolicyRule,
  call: number,
  { arch, entry, warnings }: { arch: Architecture; entry: Entry; warnings: Warning[] },
): PolicyRule => {
  if (rule.conditions.length)
    warnings.push({
      kind: 'multiplexed',
      message: `through ${multiplexedBy(entry.name)!.door}(2) the arguments of ${entry.name} lie behind a pointer that no filter can follow`,
      position: rule.position,
      syscall: entry.name,
      arch: arch.name,
    })
  return {
    ...rule,
    conditions: [
      { index: 0, op: 'SCMP_CMP_EQ', width: 32, value: BigInt(call), valueTwo: 0n },
      ...rule.conditions.filter(({ index }) => index !== 0),
    ],
  }
}
