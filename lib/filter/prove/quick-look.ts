import { argumentWord, type Word } from '../../bpf/data.ts'
import type { PolicyCondition } from '../../policy/policy.ts'
import type { Region } from './region.ts'
import { contains, type WordSet } from './word-set.ts'

/**
 * A condition in 32-bit numbers, to be asked of many regions without cutting any: the prover asks it of every rule of a
 * call at every end of a filter.
 */
export interface QuickLook {
  readonly low: Word
  /** Undefined when the condition reads 32 bits. */
  readonly high: Word | undefined
  readonly kind: 'equal' | 'masked' | 'below' | 'atLeast' | 'other'
  readonly mask: Halves
  readonly value: Halves
}

interface Halves {
  readonly low: number
  readonly high: number
}

/** A condition made ready. */
export const quickLook = ({ index, op, width, value, valueTwo }: PolicyCondition): QuickLook => {
  const masked = op === 'SCMP_CMP_MASKED_EQ'
  // As 65 bits, so that `LE 2^64-1` and `GT 2^64-1` are ranges too.
  const bound = op === 'SCMP_CMP_LE' || op === 'SCMP_CMP_GT' ? value + 1n : value
  const end = masked || op === 'SCMP_CMP_EQ' ? (masked ? valueTwo : value) : bound
  return {
    low: argumentWord(index, 'low'),
    high: width === 64 ? argumentWord(index, 'high') : undefined,
    kind: KINDS[op],
    mask: halves(masked ? value : 0n),
    value: halves(end),
  }
}

const KINDS: Readonly<Record<PolicyCondition['op'], QuickLook['kind']>> = {
  SCMP_CMP_EQ: 'equal',
  SCMP_CMP_MASKED_EQ: 'masked',
  SCMP_CMP_LT: 'below',
  SCMP_CMP_LE: 'below',
  SCMP_CMP_GE: 'atLeast',
  SCMP_CMP_GT: 'atLeast',
  SCMP_CMP_NE: 'other',
}

const halves = (value: bigint): Halves => ({ low: Number(value & 0xffffffffn), high: Number(value >> 32n) })

/** False only where no call of the region fulfils the condition; true may also mean that a closer look is needed. */
export const mayHold = (region: Region, { low, high, kind, mask, value }: QuickLook): boolean => {
  const lowSet = region[low]!
  const highSet = high === undefined ? undefined : region[high]!
  switch (kind) {
    case 'equal':
      return contains(lowSet, value.low) && (highSet ? contains(highSet, value.high) : value.high === 0)
    case 'masked':
      return mayMatch(lowSet, value.low, mask.low) && (!highSet || mayMatch(highSet, value.high, mask.high))
    case 'below': {
      const smallest = highSet ? highSet.low : 0
      return smallest === value.high ? lowSet.low < value.low : smallest < value.high
    }
    case 'atLeast': {
      const largest = highSet ? highSet.high : 0
      return largest === value.high ? lowSet.high >= value.low : largest > value.high
    }
    case 'other':
      return true
  }
}

const mayMatch = ({ known, bits, excluded }: WordSet, wanted: number, mask: number): boolean =>
  ((bits ^ wanted) & known & mask) === 0 &&
  !excluded.some(
    (each) => (each.mask & ~(mask | known)) === 0 && (each.mask & ((bits | wanted) ^ each.bits)) === 0,
  )

/** True only where every call of the region fulfils the condition; false may also mean that a closer look is needed. */
export const surelyHolds = (region: Region, { low, high, kind, mask, value }: QuickLook): boolean => {
  const lowSet = region[low]!
  const highSet = high === undefined ? undefined : region[high]!
  const isOnly = (set: WordSet, wanted: number): boolean => set.low === wanted && set.high === wanted
  const matches = (set: WordSet, bits: number, under: number): boolean =>
    (under & ~set.known) === 0 && ((set.bits ^ bits) & under) === 0
  switch (kind) {
    case 'equal':
      return isOnly(lowSet, value.low) && (highSet ? isOnly(highSet, value.high) : value.high === 0)
    case 'masked':
      return matches(lowSet, value.low, mask.low) && (!highSet || matches(highSet, value.high, mask.high))
    case 'below': {
      const largest = highSet ? highSet.high : 0
      return largest === value.high ? lowSet.high < value.low : largest < value.high
    }
    case 'atLeast': {
      const smallest = highSet ? highSet.low : 0
      return smallest === value.high ? lowSet.low >= value.low : smallest > value.high
    }
    case 'other':
      return !contains(lowSet, value.low) || (highSet ? !contains(highSet, value.high) : value.high !== 0)
  }
}
