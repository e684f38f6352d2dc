import type { Rule } from '../../lib/profile/types.ts'

/** What libseccomp is asked to build: a profile whose gates are resolved, for some architectures of one byte order. */
export interface OpponentPolicy {
  readonly defaultAction: string
  readonly defaultErrnoRet?: number | undefined
  /** libseccomp's level: 1 linear, 2 a balanced tree. */
  readonly optimize?: 1 | 2
  readonly architectures: readonly string[]
  readonly syscalls: readonly Pick<Rule, 'names' | 'action' | 'args' | 'errnoRet'>[]
}

/** One answer: the raw program in its architectures' byte order, or why there is none (`EEXIST clone`). */
export type OpponentFilter =
  | { readonly bytes: Buffer; readonly nanoseconds: number; readonly error?: undefined }
  | { readonly error: string; readonly bytes?: undefined }

export interface Libseccomp {
  readonly missing?: undefined
  /** One answer a policy, in their order. */
  build(policies: readonly OpponentPolicy[]): OpponentFilter[]
  /**
   * The names' numbers on an architecture, or on this machine's (`native`): -1 where libseccomp doesn't know the name,
   * other negative numbers where the architecture has no such call.
   */
  resolve(arch: string, names: readonly string[]): number[]
}

/** Compile the opponent; `missing` says why it can't be had. Throws where CI is set: there it must. */
export function openLibseccomp(): Libseccomp | { readonly missing: string }
