import { ALLOW, actionOf, type Verdict, verdict } from '../bpf/verdict.ts'
import { positionOf } from '../profile/positions.ts'
import type { Rule } from '../profile/types.ts'
import { type Architecture, X32_BIT } from '../syscalls/architectures.ts'
import { errnoNumber } from '../syscalls/errno.ts'
import { nameOf, numberOf } from '../syscalls/numbers.ts'
import { lowerConditions } from './conditions.ts'
import { isAbove, SKIPPED } from './evaluate.ts'
import { mergeRules } from './merge.ts'
import { multiplexedBy } from './multiplex.ts'
import type { ArchitecturePolicy, CallPolicy, Faithfulness, PolicyRule, Warning } from './policy.ts'

/** One name of one rule whose gates are open. */
export interface Entry {
  readonly name: string
  readonly rule: Rule
  readonly verdict: Verdict
  /** Its whole action is the default's: runc and crun skip such a rule (seccomp_linux.go), but count its numbers. */
  readonly isDefault: boolean
}

/** What holds for every architecture of one policy. */
export interface PolicyContext {
  readonly native: Architecture
  readonly entries: readonly Entry[]
  readonly defaultVerdict: Verdict
  readonly as: Faithfulness
  /** Collects. */
  readonly warnings: Warning[]
}

/** What the numbers of one architecture get: names looked up, doors guarded, rules in order. */
export const architecturePolicy = (arch: Architecture, context: PolicyContext): ArchitecturePolicy => {
  const { native, entries, as, warnings } = context
  const byNumber = new Map<number, PolicyRule[]>()
  let newest = 0
  const add = (number: number, rules: readonly PolicyRule[]): void => {
    const known = byNumber.get(number)
    if (known) known.push(...rules)
    else byNumber.set(number, [...rules])
  }
  for (const entry of entries) {
    const syscall = nameIn(native, entry.name)
    const number = numberIn(arch, native, syscall)
    const behind = multiplexedBy(syscall)
    const door = behind && numberOf(arch.name, behind.door)
    // To runc's stub a call behind a door has no number: libseccomp tells it a negative one.
    const counts = number !== undefined && number !== SKIPPED && !(as === 'runc' && door !== undefined)
    if (counts) newest = Math.max(newest, number)
    if (entry.isDefault) continue
    const position = positionOf(entry.rule)
    const rules = lowerConditions(entry.rule.args, entry.verdict, { arch, as, syscall, position }, warnings)
    if (door !== undefined)
      add(
        door,
        rules.map((rule) => throughDoor(rule, syscall, arch, as, warnings)),
      )
    if (number !== undefined) add(number, rules)
  }
  const above = enosysAbove(arch, newest, context)
  // runc's stub for s390: a call made the old way with number 0 (enosys_linux.go).
  if (above && arch.table.startsWith('s390') && !byNumber.has(0))
    byNumber.set(0, [{ conditions: [], verdict: above.verdict, position: undefined }])
  const calls: CallPolicy[] = [...byNumber]
    .sort(([a], [b]) => a - b)
    .map(([number, rules]) => {
      const name = nameOf(arch.name, number) ?? `#${number}`
      return { number, name, rules: mergeRules(rules, { arch: arch.name, syscall: name }, warnings) }
    })
    // runc's stub stands before the filter: what it takes, no rule gets back. A conflict there is refused all the same.
    .filter(({ number }) => as !== 'runc' || !isAbove({ arch: arch.name, above }, number))
  return { arch: arch.name, audit: arch.audit, calls, above }
}

/**
 * `#1000` is a number of the native architecture. Where that has a name, the name counts everywhere, else the number
 * means nothing elsewhere (libseccomp translates by name: arch.c, arch_syscall_translate).
 */
export const nameIn = (native: Architecture, name: string): string =>
  name.startsWith('#') ? (nameOf(native.name, nativeNumber(native, name)) ?? name) : name

export const numberIn = (arch: Architecture, native: Architecture, name: string): number | undefined => {
  if (!name.startsWith('#')) return numberOf(arch.name, name)
  const number = nativeNumber(native, name)
  // -1 is no architecture's own: every tracer says it.
  return arch === native || number === SKIPPED ? number : undefined
}

const nativeNumber = (native: Architecture, name: string): number =>
  (Number(name.slice(1)) | (native.name === 'x32' ? X32_BIT : 0)) >>> 0

/** runc's stub (patchbpf/enosys_linux.go): only where the default would otherwise break programs that probe. */
const enosysAbove = (
  arch: Architecture,
  newest: number,
  { as, defaultVerdict, native }: PolicyContext,
): ArchitecturePolicy['above'] => {
  const lenient = [ALLOW, verdict('LOG')].includes(defaultVerdict) || actionOf(defaultVerdict) === 'TRACE'
  // Number 0 alone counts as none in runc.
  if (as === 'crun' || lenient || newest === 0) return undefined
  // One runc binary writes one number for all architectures of a filter: its own machine's.
  const { name } = as === 'runc' ? native : arch
  return { newest, verdict: verdict('ERRNO', errnoNumber('ENOSYS', name)!) }
}

/** The same rule behind socketcall or ipc: argument 0 picks the call, which loses a condition on it. */
const throughDoor = (
  rule: PolicyRule,
  syscall: string,
  arch: Architecture,
  as: Faithfulness,
  warnings: Warning[],
): PolicyRule => {
  const { door, call } = multiplexedBy(syscall)!
  if (rule.conditions.length)
    warnings.push({
      kind: 'multiplexed',
      message: `through ${door}(2) the arguments of ${syscall} lie behind a pointer that no filter can follow`,
      position: rule.position,
      syscall,
      arch: arch.name,
    })
  // The kernel reads an int (net/socket.c, ipc/syscall.c); libseccomp compares all bits of the argument.
  const width = as === 'safe' ? 32 : arch.bits
  return {
    ...rule,
    conditions: [
      { index: 0, op: 'SCMP_CMP_EQ', width, value: BigInt(call), valueTwo: 0n },
      ...rule.conditions.filter(({ index }) => index !== 0),
    ],
  }
}
