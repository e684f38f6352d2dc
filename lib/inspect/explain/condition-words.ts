import type { PolicyCondition } from '../../policy/policy.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { argumentNames, argumentWidth } from '../../syscalls/arguments.ts'
import { formatArgument, maskNames } from '../../syscalls/constants.ts'
import { hex } from '../words.ts'

const relations = {
  SCMP_CMP_EQ: 'is',
  SCMP_CMP_NE: 'is not',
  SCMP_CMP_LT: 'is below',
  SCMP_CMP_LE: 'is at most',
  SCMP_CMP_GT: 'is above',
  SCMP_CMP_GE: 'is at least',
} as const

/**
 * One comparison in words: `family is AF_VSOCK (40)`, `clone_flags has none of CLONE_NEWNS, CLONE_NEWUSER (0x10020000)`.
 * Where 64 bits are compared and the kernel reads 32, it says so: calls with another high half get past.
 * @param syscall the call whose argument it is, '' for a number without a name
 */
export const conditionWords = (
  { index, op, width, value, valueTwo }: PolicyCondition,
  syscall: string,
  arch: ArchitectureName,
): string => {
  const name = argumentNames(syscall, arch)[index] ?? `argument ${index}`
  const read = argumentWidth(syscall, index, arch)
  const masked = op === 'SCMP_CMP_MASKED_EQ'
  const isWide = width > read && (!masked || value > 0xffffffffn)
  const note = isWide ? ' (on 64 bits, of which the kernel reads 32)' : ''
  const text = (operand: bigint): string => formatArgument(syscall, index, operand, arch)
  if (!masked) return `${name} ${relations[op]} ${text(value)}${note}`
  // A mask of all bits that the kernel reads: an older way to write "is" for an int, as Flatpak does.
  if (BigInt.asUintN(read, ~value) === 0n) return `${name} is ${text(valueTwo)}${note}`
  const flags = maskNames(syscall, index, value, arch)
  const isOne = flags?.length === 1
  if (flags && (valueTwo === value || valueTwo === 0n)) {
    const has = valueTwo === 0n ? (isOne ? 'lacks' : 'has none of') : isOne ? 'has' : 'has all of'
    return `${name} ${has} ${flags.join(', ')} (${hex(value)})${note}`
  }
  return `${name} under the mask ${hex(value)} is ${text(valueTwo)}${note}`
}
