import type { Profile } from '../../profile/types.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import type { Faithfulness } from '../policy.ts'

/** Where a composed profile isn't what the composition asks but stricter (`stub`: other), because no profile can say it. */
export interface ComposeWarning {
  readonly kind:
    | 'arguments' // conditions that rules can't say, or not so that 32-bit architectures read the same
    | 'multiplexed' // conditions that are lost where socketcall or ipc is another way to the call
    | 'stub' // calls newer than a profile names: runc's ENOSYS for them may come too early or too late
    | 'architecture' // an architecture that only one profile lists: its calls end the process
  /** The call, but for `architecture`, and for `stub` where it is all of them. */
  readonly syscall?: string
  /** One sentence: what came out, and what to do. */
  readonly message: string
  /** `stub`: where the result is less strict than asked, and loaded how. There `compile` refuses it. */
  readonly wider?: { readonly as: readonly Faithfulness[]; readonly on: readonly ArchitectureName[] }
}

/** Beside the profiles, not in them, as their positions are (profile/positions.ts). */
const warnings = new WeakMap<Profile, readonly ComposeWarning[]>()

/** Remember what is to be known of a composed profile; returns it. */
export const setWarnings = (profile: Profile, list: readonly ComposeWarning[]): Profile => {
  warnings.set(profile, list)
  return profile
}

/**
 * Where a profile made by `extend`, `union` or `intersect` is stricter than asked. Empty: it is exact.
 * @example for (const { message } of composeWarnings(intersect(ours, theirs))) console.warn(message)
 */
export const composeWarnings = (profile: Profile): readonly ComposeWarning[] => warnings.get(profile) ?? []
