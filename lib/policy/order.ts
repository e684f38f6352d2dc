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

/** Keys of a rule's first condition, its first two, … the last for the whole rule; equal keys, equal tests. */
export const beginningsOf = ({ conditions }: PolicyRule): readonly string[] => {
  let key = ''
  return conditions.map(({ index, op, width, value, valueTwo }) => {
    key += `${index} ${op} ${width} ${value} ${valueTwo};`
    return key
  })
}
