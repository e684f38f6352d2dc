/** Arguments at the edges of what a policy and its filter compare, where a mistake shows. */
import { argumentWord, type ByteOrder } from '../bpf/data.ts'
import type { Program } from '../bpf/instruction.ts'
import type { CallPolicy, Policy, PolicyCondition, PolicyRule } from '../policy/policy.ts'
import { operandsOf } from './operands.ts'

/** Six arguments, u64. */
export type Vector = readonly bigint[]

const LOW = 0xffffffffn
const ALL = 0xffffffffffffffffn
const BITS = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit))

/** Where signs, halves and registers end. */
const everywhere: readonly bigint[] = [0n, 1n, 0x7fffffffn, 0x80000000n, LOW, LOW + 1n, 1n << 63n, ALL]

/** Of edges of different arguments together. */
const MOST_COMBINED = 2048

/** A condition's operand, one below and above it, with other high halves; of a mask each bit, and its complement. */
export const boundariesOf = ({ op, value, valueTwo }: PolicyCondition): readonly bigint[] => {
  const masked = op === 'SCMP_CMP_MASKED_EQ'
  const edges = masked
    ? [
        valueTwo,
        valueTwo | ~value,
        valueTwo ^ value,
        ~valueTwo,
        value,
        ...bitsOf(value).map((bit) => valueTwo ^ bit),
      ]
    : [value, value - 1n, value + 1n]
  return distinct(edges.flatMap(withOtherHalves))
}

const bitsOf = (mask: bigint): readonly bigint[] => BITS.filter((bit) => mask & bit)

/** The high word one more and one less, flipped, empty and full. */
const withOtherHalves = (value: bigint): readonly bigint[] => [
  value,
  value ^ (LOW + 1n),
  value ^ (1n << 63n),
  value & LOW,
  value | (LOW << 32n),
  value + (LOW + 1n),
  value - (LOW + 1n),
]

const distinct = (values: readonly bigint[]): readonly bigint[] => [
  ...new Set(values.map((value) => BigInt.asUintN(64, value))),
]

/** What any number may be asked with: all zeros, all ones, and on each argument every edge that any rule has there. */
export const commonVectors = (
  policies: readonly Policy[],
  programs: readonly Program[],
  order: ByteOrder,
): readonly Vector[] => {
  const conditions = policies.flatMap(({ architectures }) =>
    architectures.flatMap(({ calls }) =>
      calls.flatMap(({ rules }) => rules.flatMap((rule) => rule.conditions)),
    ),
  )
  const operands = programs.map((program) => operandsOf(program, order))
  const vectors = [Array(6).fill(0n) as bigint[], Array(6).fill(ALL) as bigint[]]
  for (let index = 0; index < 6; index++) {
    const values = new Set(everywhere)
    for (const condition of conditions)
      if (condition.index === index) for (const value of boundariesOf(condition)) values.add(value)
    for (const ofProgram of operands) {
      for (const k of ofProgram.get(argumentWord(index, 'low'))!)
        for (const near of [k - 1, k, k + 1, ~k]) values.add(BigInt(near >>> 0))
      for (const k of ofProgram.get(argumentWord(index, 'high'))!)
        for (const near of [k - 1, k, k + 1, ~k]) {
          values.add(BigInt(near >>> 0) << 32n)
          values.add((BigInt(near >>> 0) << 32n) | LOW)
        }
    }
    for (const value of values) vectors.push(vectors[0]!.with(index, value))
  }
  return vectors
}

/**
 * What one call is asked with besides: every edge of each of its conditions, alone and where the rest of its rule holds,
 * and the edges of different arguments together, up to 2048 combinations.
 */
export const vectorsOf = ({ rules }: CallPolicy): readonly Vector[] => {
  const conditions = rules.flatMap((rule) => rule.conditions)
  if (conditions.length === 0) return []
  const zeros: Vector = Array(6).fill(0n)
  const ones: Vector = Array(6).fill(ALL)
  const used = [...new Set(conditions.map(({ index }) => index))].sort((a, b) => a - b)
  const values = used.map((index) =>
    distinct(conditions.filter((each) => each.index === index).flatMap(boundariesOf)),
  )
  const vectors: Vector[] = []
  for (const rule of rules) vectors.push(...aroundRule(rule))
  for (const [place, index] of used.entries())
    for (const value of values[place]!) vectors.push(zeros.with(index, value), ones.with(index, value))
  if (used.length > 1) vectors.push(...combined(used, values))
  return vectors
}

const aroundRule = ({ conditions }: PolicyRule): readonly Vector[] => {
  const base = Array(6).fill(0n) as bigint[]
  for (const condition of conditions) base[condition.index] = fulfilling(condition)
  return conditions.flatMap((condition) =>
    boundariesOf(condition).map((value) => base.with(condition.index, value)),
  )
}

const fulfilling = ({ op, value, valueTwo }: PolicyCondition): bigint => {
  if (op === 'SCMP_CMP_MASKED_EQ') return valueTwo
  const step = { SCMP_CMP_NE: 1n, SCMP_CMP_GT: 1n, SCMP_CMP_LT: -1n }[op as string] ?? 0n
  return BigInt.asUintN(64, value + step)
}

const combined = (used: readonly number[], values: readonly (readonly bigint[])[]): readonly Vector[] => {
  const total = values.reduce((product, each) => product * each.length, 1)
  const count = Math.min(total, MOST_COMBINED)
  return Array.from({ length: count }, (_, place) => {
    let rest = count === total ? place : Math.floor((place * total) / count)
    const vector = Array(6).fill(0n) as bigint[]
    for (const [at, index] of used.entries()) {
      const choices = values[at]!
      vector[index] = choices[rest % choices.length]!
      rest = Math.floor(rest / choices.length)
    }
    return vector
  })
}
