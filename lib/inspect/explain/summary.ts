import { type CompileOptions, compileOptionNames, readProfile } from '../../filter/compile.ts'
import type { Policy } from '../../policy/policy.ts'
import { resolveProfile } from '../../policy/resolve.ts'
import { resolvePolicy } from '../../policy/rules.ts'
import { makeTarget, parseArchitecture, type Target } from '../../policy/target.ts'
import { positionOf } from '../../profile/positions.ts'
import type { Position } from '../../profile/types.ts'
import { refuseUnknown } from '../../profile/unknown-option.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { groupOf, syscallGroups } from '../../syscalls/groups.ts'
import { syscallNames } from '../../syscalls/numbers.ts'
import { casesOf } from './cases.ts'
import type { Case } from './types.ts'
import { type Fate, fateOf } from './verdict-words.ts'

/** What a whole profile means on one target, by group of calls. */
export interface ProfileSummary {
  readonly policy: Policy
  /** Whose calls are counted. */
  readonly arch: ArchitectureName
  readonly groups: readonly GroupSummary[]
  /** Rules of the profile, and those whose gates are shut on this target. */
  readonly rules: number
  readonly gated: readonly {
    readonly position: Position | undefined
    readonly reason: string
    readonly names: readonly string[]
  }[]
}

/** One group: its calls on this architecture by what they get, in the order of their names. */
export interface GroupSummary {
  readonly name: string
  readonly title: string
  /** ALLOW or LOG, whatever the arguments. */
  readonly allowed: readonly string[]
  /** Their arguments decide. */
  readonly conditional: readonly string[]
  /** A tracer or a supervisor decides (TRACE, NOTIFY). */
  readonly referred: readonly string[]
  /** ERRNO, TRAP or a kill, whatever the arguments. */
  readonly denied: readonly string[]
}

/**
 * A profile as a whole: how many calls of each group it allows, denies, or decides by their arguments.
 * @param profile a profile, a document as Docker, Podman or the OCI write it, or a preset's name
 * @param options the target, and with `callArch` whose calls are counted (default: the target's)
 * @throws what `compile` throws.
 * @example
 * const { groups } = summarize('docker-default', { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
 * groups.find(({ name }) => name === 'keys')?.denied // ['add_key', 'keyctl', 'request_key']
 */
export const summarize = (
  profile: object | string,
  options: CompileOptions & { readonly callArch?: string } = {},
  defaults?: Partial<Target>,
): ProfileSummary => {
  refuseUnknown(options, [...compileOptionNames, 'callArch'])
  const read = readProfile(profile)
  const policy = resolvePolicy(read, makeTarget(options, defaults), options.as)
  const arch = options.callArch === undefined ? policy.target.arch : parseArchitecture(options.callArch)
  const calls = [...syscallNames(arch)].map(([syscall, number]) => ({
    group: groupOf(syscall),
    syscall,
    fate: commonFate(casesOf({ profile: read, policy, arch, number, syscall, args: undefined })),
  }))
  return {
    policy,
    arch,
    groups: syscallGroups().flatMap((group) => {
      const own = calls.filter((call) => call.group === group)
      const having = (fate: Fate | 'conditional'): string[] =>
        own.flatMap((call) => (call.fate === fate ? [call.syscall] : []))
      if (own.length === 0) return []
      const { name, title } = group
      return [
        {
          name,
          title,
          allowed: having('allowed'),
          conditional: having('conditional'),
          referred: having('referred'),
          denied: having('denied'),
        },
      ]
    }),
    rules: read.syscalls.length,
    gated: resolveProfile(read, policy.target).gated.map(({ rule, reason }) => ({
      position: positionOf(rule),
      reason,
      names: rule.names,
    })),
  }
}

/** What all cases have in common; two ways of denying are one fate. */
const commonFate = (cases: readonly Case[]): Fate | 'conditional' => {
  const [first, ...others] = new Set(cases.map(({ verdict }) => fateOf(verdict)))
  return others.length ? 'conditional' : first!
}
