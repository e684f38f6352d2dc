import { ARCHITECTURE, NUMBER, type Word } from '../bpf/data.ts'

/** How people write what a filter reads: `nr`, `arch`, `instruction_pointer.low`, `args[0].high` (struct seccomp_data). */
export const wordName = (word: Word): string => {
  if (word === NUMBER) return 'nr'
  if (word === ARCHITECTURE) return 'arch'
  const half = word % 2 === 0 ? 'low' : 'high'
  return word < 4 ? `instruction_pointer.${half}` : `args[${(word >> 1) - 2}].${half}`
}

/** Small numbers in decimal, others (masks, flags, architectures) in hexadecimal. */
export const constant = (k: number): string => (k < 0x10000 ? `${k}` : hex(k))

export const hex = (k: number | bigint): string => `0x${k.toString(16)}`
