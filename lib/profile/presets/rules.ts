import type { Condition, Gate, OperatorName, Rule } from '../types.ts'

/** Words to write a preset with. */

/** One comparison; `valueTwo` is what MASKED_EQ wants to see under the mask `value`. */
export const argument = (index: number, op: OperatorName, value: bigint, valueTwo = 0n): Condition => ({
  index,
  op,
  value,
  valueTwo,
})

/** When a rule counts. */
export interface Gates {
  readonly includes?: Gate
  readonly excludes?: Gate
}

/** One rule: `names` (words) pass, for `why`, if the gates let the rule stand and all of `args` hold. */
export const allow = (
  why: string,
  names: string,
  gates: Gates = {},
  ...args: readonly Condition[]
): Rule => ({
  names: words(names),
  action: 'SCMP_ACT_ALLOW',
  args,
  comment: why,
  ...gates,
})

/** One rule: `names` fail with error number `errnoRet`. */
export const refuse = (
  errnoRet: number,
  why: string,
  names: string,
  gates: Gates = {},
  ...args: readonly Condition[]
): Rule => ({
  names: words(names),
  action: 'SCMP_ACT_ERRNO',
  errnoRet,
  args,
  comment: why,
  ...gates,
})

export const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Architectures, in Docker's spelling. */
export const on = (...arches: readonly string[]): Gates => ({ includes: { arches } })
export const holding = (...caps: readonly string[]): Gates => ({ includes: { caps } })
/** None of them. */
export const without = (...caps: readonly string[]): Gates => ({ excludes: { caps } })

/** A row of archMap: the architectures whose programs a kernel also runs. */
export const native = (
  architecture: string,
  ...subArchitectures: readonly string[]
): { readonly architecture: string; readonly subArchitectures: readonly string[] } => ({
  architecture: `SCMP_ARCH_${architecture}`,
  subArchitectures: subArchitectures.map((name) => `SCMP_ARCH_${name}`),
})

/** Shared by all who load the preset, so nobody may change it: that would widen everyone's sandbox. */
export const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(Object.freeze(value)).forEach(frozen)
  }
  return value
}
