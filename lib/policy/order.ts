import type { PolicyCondition, PolicyRule } from './policy.ts'

/**
 * The order in which conditional rules of one call are tried, whatever order the profile lists them in: libseccomp's
 * (db.c, __db_chain_arg_priority, op_priority). Compared condition by condition: higher argument first; equality and
 * masks before LT/LE before GT/GE; larger operand first, but for LT/LE the smaller (the narrower range).
 */
export const canonicalOrder = (a: PolicyRule, b: PolicyRule): number => {
  for (const [i, left] of a.conditions.entries()) {
    const right = b.conditions[i]
    if (!right) return 1
    const difference = compareConditions(left, right)
    if (difference) return difference
  }
  return a.conditions.length - b.conditions.length
}

const compareConditions = (a: PolicyCondition, b: PolicyCondition): number => {
  if (a.index !== b.index) return b.index - a.index
  const rank = operatorRank(a) - operatorRank(b)
  if (rank) return rank
  const [left, right] = a.op === 'SCMP_CMP_MASKED_EQ' ? [a.valueTwo, b.valueTwo] : [a.value, b.value]
  if (left === right) return 0
  return left < right === (operatorRank(a) === 1) ? -1 : 1
}

const operatorRank = ({ op }: PolicyCondition): number => {
  if (op === 'SCMP_CMP_LT' || op === 'SCMP_CMP_LE') return 1
  return op === 'SCMP_CMP_GT' || op === 'SCMP_CMP_GE' ? 2 : 0
}

/** Whether two conditions are the same test. */
export const sameCondition = (a: PolicyCondition, b: PolicyCondition): boolean =>
  a.index === b.index &&
  a.op === b.op &&
  a.width === b.width &&
  a.value === b.value &&
  a.valueTwo === b.valueTwo

/** Whether every test of `shorter`, in order, opens `longer` too. */
export const isPrefix = (shorter: PolicyRule, longer: PolicyRule): boolean =>
  shorter.conditions.length <= longer.conditions.length &&
  shorter.conditions.every((condition, i) => sameCondition(condition, longer.conditions[i]!))
