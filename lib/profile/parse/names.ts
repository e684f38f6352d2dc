import type { ActionName, FlagName, OperatorName } from '../types.ts'

/** The fixed vocabularies of the format, as the OCI's config-linux.md lists them. */

/** Every key of a record, in order; the record's type makes the compiler ask for each member of the union. */
const keysOf = <T extends string>(all: Readonly<Record<T, true>>): readonly T[] => Object.keys(all) as T[]

/** Every action. */
export const actionNames: readonly ActionName[] = keysOf<ActionName>({
  SCMP_ACT_ALLOW: true,
  SCMP_ACT_ERRNO: true,
  SCMP_ACT_KILL: true,
  SCMP_ACT_KILL_PROCESS: true,
  SCMP_ACT_KILL_THREAD: true,
  SCMP_ACT_LOG: true,
  SCMP_ACT_NOTIFY: true,
  SCMP_ACT_TRACE: true,
  SCMP_ACT_TRAP: true,
})

/** Every operator. */
export const operatorNames: readonly OperatorName[] = keysOf<OperatorName>({
  SCMP_CMP_EQ: true,
  SCMP_CMP_NE: true,
  SCMP_CMP_LT: true,
  SCMP_CMP_LE: true,
  SCMP_CMP_GT: true,
  SCMP_CMP_GE: true,
  SCMP_CMP_MASKED_EQ: true,
})

/** Every flag a profile may ask for. */
export const flagNames: readonly FlagName[] = keysOf<FlagName>({
  SECCOMP_FILTER_FLAG_TSYNC: true,
  SECCOMP_FILTER_FLAG_LOG: true,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: true,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: true,
})
