import { argumentWord } from '../../bpf/data.ts'
import type { PolicyCondition } from '../../policy/policy.ts'
import { type Region, whereMatching, whereNotMatching, whereWithin } from './region.ts'

const MAX = 0xffffffff

/**
 * The parts of a region where a policy's condition holds, and where it fails: together the region, apart from each
 * other. Written from the condition's meaning (policy/evaluate.ts), not from the compiler's own lowering.
 */
export const splitByCondition = (
  region: Region,
  condition: PolicyCondition,
): { holds: Region[]; fails: Region[] } => {
  const { index, op, width, value, valueTwo } = condition
  const low = argumentWord(index, 'low')
  const high = argumentWord(index, 'high')
  const sides = { holds: [] as Region[], fails: [] as Region[] }
  const add = (holds: boolean, part: Region | undefined): void => {
    if (part) sides[holds ? 'holds' : 'fails'].push(part)
  }
  /** Equality under a mask, on one or both halves. */
  const equal = (mask: bigint, wanted: bigint, holds: boolean): void => {
    const lowPattern = pattern(mask, wanted, 0n)
    const lowEqual = whereMatching(region, low, lowPattern)
    add(!holds, whereNotMatching(region, low, lowPattern))
    if (!lowEqual) return
    if (width === 32) {
      add(holds, lowEqual)
      return
    }
    const highPattern = pattern(mask, wanted, 32n)
    add(!holds, whereNotMatching(lowEqual, high, highPattern))
    add(holds, whereMatching(lowEqual, high, highPattern))
  }
  /** Arguments below `bound`, a 65-bit number so that "all" can be said. */
  const below = (bound: bigint, holds: boolean): void => {
    const limit = width === 32 ? 1n << 32n : 1n << 64n
    if (bound >= limit) add(holds, region)
    else if (width === 32) {
      add(holds, whereWithin(region, low, 0, Number(bound) - 1))
      add(!holds, whereWithin(region, low, Number(bound), MAX))
    } else {
      const top = Number(bound >> 32n)
      const rest = Number(bound & 0xffffffffn)
      add(holds, whereWithin(region, high, 0, top - 1))
      add(!holds, whereWithin(region, high, top + 1, MAX))
      const edge = whereWithin(region, high, top, top)
      if (!edge) return
      add(holds, whereWithin(edge, low, 0, rest - 1))
      add(!holds, whereWithin(edge, low, rest, MAX))
    }
  }
  const all = width === 32 ? 0xffffffffn : 0xffffffffffffffffn
  switch (op) {
    case 'SCMP_CMP_EQ':
    case 'SCMP_CMP_NE':
      // An operand wider than the argument is never equal.
      if (value > all) add(op === 'SCMP_CMP_NE', region)
      else equal(all, value, op === 'SCMP_CMP_EQ')
      break
    case 'SCMP_CMP_MASKED_EQ':
      equal(value, valueTwo, true)
      break
    case 'SCMP_CMP_LT':
      below(value, true)
      break
    case 'SCMP_CMP_LE':
      below(value + 1n, true)
      break
    case 'SCMP_CMP_GE':
      below(value, false)
      break
    case 'SCMP_CMP_GT':
      below(value + 1n, false)
  }
  return sides
}

/** The parts of regions where all conditions hold, and the rest. */
export const partsWhere = (
  regions: readonly Region[],
  conditions: readonly PolicyCondition[],
): { holds: Region[]; fails: Region[] } => {
  const fails: Region[] = []
  let holds = [...regions]
  for (const condition of conditions)
    holds = holds.flatMap((region) => {
      const parts = splitByCondition(region, condition)
      fails.push(...parts.fails)
      return parts.holds
    })
  return { holds, fails }
}

const pattern = (mask: bigint, wanted: bigint, shift: bigint): { mask: number; bits: number } => ({
  mask: Number((mask >> shift) & 0xffffffffn),
  bits: Number((wanted >> shift) & 0xffffffffn),
})
