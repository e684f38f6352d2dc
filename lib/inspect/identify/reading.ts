import { effect } from '../../bpf/verdict.ts'
import { SeccompError } from '../../errors.ts'
import { evaluate } from '../../policy/evaluate.ts'
import type { Faithfulness, Policy } from '../../policy/policy.ts'
import { resolvePolicy } from '../../policy/rules.ts'
import type { Profile } from '../../profile/types.ts'
import { type ArchitectureName, architecture, findArchitecture } from '../../syscalls/architectures.ts'
import { dockerCapabilities } from '../../syscalls/capabilities.ts'
import { nameOf, numberOf } from '../../syscalls/numbers.ts'
import { conditionalCalls, heldCapabilities, refined } from './capabilities.ts'
import type { Oracle } from './oracle.ts'

/** A profile, and how a runtime read it: what a filter may turn out to be. */
export interface Reading {
  /** A preset's name, or the name of one of the profiles given. */
  readonly profile: string
  /** For docker-default as earlier releases of Docker had it: which. */
  readonly releases: string | undefined
  readonly as: Faithfulness
  /**
   * Of the capabilities that the profile's gates ask about, those that it was resolved with. Several sets may open the
   * same calls; a small one is named.
   */
  readonly capabilities: readonly string[]
  /** The same, seen from `docker run`: beyond Docker's fourteen, and missing of them. */
  readonly added: readonly string[]
  readonly dropped: readonly string[]
  /**
   * The newest call that the runtime knew, where the profile names newer ones: libseccomp has its own table, and
   * runtimes leave out what that lacks.
   */
  readonly newest: string | undefined
  /** Foreign architectures that the profile lists and the filter doesn't know. */
  readonly unlisted: readonly ArchitectureName[]
  /** What it means; the filter is compared with this. */
  readonly policy: Policy
}

/** A profile that a filter may be. */
export interface Candidate {
  readonly profile: string
  readonly releases?: string
  readonly document: Profile
}

/** A reading, and on how many of the questions it answers otherwise than the filter. */
export interface Ranked {
  readonly reading: Reading
  readonly differences: number
}

const modes: readonly Faithfulness[] = ['safe', 'runc', 'crun']

/** One a mode; none for a profile of the caller's that can't be read like this. */
export const readingsOf = ({ profile, releases, document }: Candidate, oracle: Oracle): Ranked[] => {
  const known = oracle.newest
  const isKnown = (name: string): boolean => age(oracle.arch, name) <= known
  const isCut = document.syscalls.some(({ names }) => !names.every(isKnown))
  const { profile: read, unlisted } = withoutUnlisted(isCut ? withNames(document, isKnown) : document, oracle)
  const questions = [...oracle.questions, ...conditionalCalls(read, oracle)]
  const differences = (policy: Policy): number =>
    questions.filter(({ call, answer }) => effect(evaluate(policy, call)) !== answer).length
  const policyOf = (as: Faithfulness, capabilities: readonly string[]): Policy =>
    resolvePolicy(read, { arch: oracle.arch, kernel: oracle.kernel, capabilities }, as)
  try {
    const capabilities = refined(read, heldCapabilities(read, oracle), (set) =>
      differences(policyOf('runc', set)),
    )
    return modes.map((as) => {
      const policy = policyOf(as, capabilities)
      const reading = {
        profile,
        releases,
        as,
        capabilities,
        added: capabilities.filter((each) => !dockerCapabilities.includes(each)),
        dropped: dockerCapabilities.filter((each) => asks(read, each) && !capabilities.includes(each)),
        newest: isCut ? nameOf(oracle.arch, known) : undefined,
        unlisted,
        policy,
      }
      return { reading, differences: differences(policy) }
    })
  } catch (error) {
    if (error instanceof SeccompError) return []
    throw error
  }
}

/** Numbers grow with time since Linux 5.1, but for those that x86_64 took from a gap (6.11, 6.14). */
const age = (arch: ArchitectureName, name: string): number =>
  ({ uretprobe: 462, uprobe: 467 })[name] ?? numberOf(arch, name) ?? 0

const withNames = (profile: Profile, keep: (name: string) => boolean): Profile => ({
  ...profile,
  syscalls: profile.syscalls
    .map((rule) => ({ ...rule, names: rule.names.filter(keep) }))
    .filter(({ names }) => names.length > 0),
})

/** Engines differ in which foreign architectures they list; the native one is always there. */
const withoutUnlisted = (
  profile: Profile,
  oracle: Oracle,
): { profile: Profile; unlisted: readonly ArchitectureName[] } => {
  const native = architecture(oracle.arch).scmp
  const row = profile.archMap?.find((entry) => entry.architecture === native)
  const listed = row ? row.subArchitectures : (profile.architectures ?? [])
  const unlisted = listed
    .map((name) => findArchitecture(name)!.name)
    .filter((name) => name !== oracle.arch && !oracle.lists(name))
  if (unlisted.length === 0) return { profile, unlisted }
  const { archMap: _, ...rest } = profile
  const kept = listed.filter((name) => !unlisted.includes(findArchitecture(name)!.name))
  return { profile: { ...rest, architectures: [native, ...kept] }, unlisted }
}

const asks = ({ syscalls }: Profile, capability: string): boolean =>
  syscalls.some(({ includes, excludes }) =>
    [includes, excludes].some((gate) => gate?.caps?.includes(capability)),
  )
