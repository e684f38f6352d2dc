import type { Condition } from '../../profile/types.ts'
import { isRange, tighten, U32, U64, type Values, valuesOf } from './values.ts'

/** A condition still without its argument. */
export type Comparison = Omit<Condition, 'index'>

/** Ways in which an argument may match, any of them; `undefined` among them: however it is. */
export interface Ways {
  readonly ways: readonly (Comparison | undefined)[]
  /** Whether they are all: some sets can't be said so that 32 and 64 bits read the same. */
  readonly exact: boolean
}

/** A range of so few numbers is written number by number. */
const FEW = 8n

export const compare = (op: 'EQ' | 'NE' | 'LE' | 'GE' | 'GT', value: bigint): Comparison => ({
  op: `SCMP_CMP_${op}`,
  value,
  valueTwo: 0n,
})

/** The comparisons that say `values`, each true of no other value: together all of them, or those that can be said. */
export const comparisonsFor = (values: Values): Ways => {
  const { low, high, mask, bits } = tighten(values)
  const all = (...ways: (Comparison | undefined)[]): Ways => ({ ways, exact: true })
  if (isRange(values)) {
    if (low === 0n && high === U64) return all(undefined)
    if (low === high) return all(compare('EQ', low))
    if (low === 0n) return all(compare('LE', high))
    // An operand of 33 bits would be cut to 0.
    if (high === U64) return all(low > U32 ? compare('GT', low - 1n) : compare('GE', low))
    return all(...pieces(low, high, 0n, 0n))
  }
  const unbounded = tighten(valuesOf(0n, U64, mask, bits)!)
  if (unbounded.low === low && unbounded.high === high)
    return all({ op: 'SCMP_CMP_MASKED_EQ', value: mask, valueTwo: bits })
  if (high <= U32) return all(...pieces(low, high, mask, bits))
  return { ways: low > U32 ? [] : pieces(low, U32, mask, bits), exact: false }
}

/** A range within 32 bits, and a mask: as numbers, or as blocks of a power of two that one mask can say. */
const pieces = (low: bigint, high: bigint, mask: bigint, bits: bigint): Comparison[] => {
  const found: Comparison[] = []
  for (let start = low; start <= high; ) {
    let size = start === 0n ? U32 + 1n : start & -start
    while (start + size - 1n > high || (high - low < FEW && size > 1n)) size >>= 1n
    const block = U64 ^ (size - 1n)
    if (((start ^ bits) & mask & block) === 0n) {
      const wanted = start | bits
      found.push(
        (mask | block) === U64
          ? compare('EQ', wanted)
          : { op: 'SCMP_CMP_MASKED_EQ', value: mask | block, valueTwo: wanted },
      )
    }
    start += size
  }
  return found
}
