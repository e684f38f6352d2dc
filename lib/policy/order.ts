import type { PolicyCondition, PolicyRule } from './policy.ts'

/**
 * Conditional rules of one call in the order they are tried: libseccomp's (db.c, _db_tree_add and _db_chain_lt). It
 * keeps them as a tree of tests on 32-bit words and tries what stands on one level in this order: higher argument
 * first; equality and masks before LT/LE before GT/GE; larger operand first, but for LT/LE the smaller (the narrower
 * range). Tests that tie, such as two masks of one high half that want the same bits, stay as the profile has them.
 */
export const canonicalOrder = (rules: readonly PolicyRule[]): PolicyRule[] =>
  inOrder(
    rules.map((rule) => ({ rule, tests: rule.conditions.flatMap(testsOf) })),
    0,
  )

interface Ordered {
  readonly rule: PolicyRule
  readonly tests: readonly WordTest[]
}

/** One node of libseccomp's tree. Equal keys: the same node. */
interface WordTest {
  readonly key: string
  readonly index: number
  readonly rank: number
  readonly datum: bigint
}

/** Rules that share a test stay together, where the first of them put it. */
const inOrder = (rules: readonly Ordered[], depth: number): PolicyRule[] => {
  if (rules.length < 2) return rules.map(({ rule }) => rule)
  const levels = new Map<string, Ordered[]>()
  for (const each of rules) {
    const key = each.tests[depth]?.key ?? ''
    const level = levels.get(key)
    if (level) level.push(each)
    else levels.set(key, [each])
  }
  if (levels.has('')) return rules.map(({ rule }) => rule)
  return [...levels.values()]
    .sort(([a], [b]) => compareTests(a!.tests[depth]!, b!.tests[depth]!))
    .flatMap((level) => inOrder(level, depth + 1))
}

const compareTests = (a: WordTest, b: WordTest): number => {
  if (a.index !== b.index) return b.index - a.index
  if (a.rank !== b.rank) return a.rank - b.rank
  if (a.datum === b.datum) return 0
  return a.datum < b.datum === (a.rank === 1) ? -1 : 1
}

/** High half before low; a range counts as one test, for its halves order like the whole. */
const testsOf = (condition: PolicyCondition): WordTest[] => {
  const { index, op, width, value } = condition
  const rank = operatorRank(condition)
  const masked = op === 'SCMP_CMP_MASKED_EQ'
  const mask = masked ? value : 0xffffffffffffffffn
  const datum = masked ? condition.valueTwo : value
  const test = (shift: bigint, bits: bigint): WordTest => {
    const part = (datum >> shift) & bits
    return { key: `${index} ${op} ${(mask >> shift) & bits} ${part}`, index, rank, datum: part }
  }
  if (rank > 0 || width === 32) return [test(0n, 0xffffffffffffffffn)]
  return [test(32n, 0xffffffffn), test(0n, 0xffffffffn)]
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
