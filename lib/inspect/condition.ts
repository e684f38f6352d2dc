import type { PolicyCondition } from '../policy/policy.ts'
import { hex } from './words.ts'

const symbols = {
  SCMP_CMP_EQ: '==',
  SCMP_CMP_NE: '!=',
  SCMP_CMP_LT: '<',
  SCMP_CMP_LE: '<=',
  SCMP_CMP_GT: '>',
  SCMP_CMP_GE: '>=',
} as const

/**
 * One comparison as C writes it: `(u32)args[0] == 40`, `(args[0] & 0x7e020000) == 0`. The cast stands where only the
 * low 32 bits are compared.
 */
export const formatCondition = ({ index, op, width, value, valueTwo }: PolicyCondition): string => {
  const argument = `${width === 32 ? '(u32)' : ''}args[${index}]`
  return op === 'SCMP_CMP_MASKED_EQ'
    ? `(${argument} & ${hex(value)}) == ${operand(valueTwo)}`
    : `${argument} ${symbols[op]} ${operand(value)}`
}

const operand = (value: bigint): string => (value < 0x10000n ? `${value}` : hex(value))
