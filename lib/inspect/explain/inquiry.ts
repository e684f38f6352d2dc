import type { Policy } from '../../policy/policy.ts'
import type { Profile } from '../../profile/types.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'

/** What is asked: a profile, what it means on a target, and a call. */
export interface Inquiry {
  readonly profile: Profile
  readonly policy: Policy
  readonly arch: ArchitectureName
  readonly number: number
  /** The call's name, where the architecture has one for the number. */
  readonly syscall: string | undefined
  /** Six words; undefined: whatever they are. */
  readonly args: readonly bigint[] | undefined
}
