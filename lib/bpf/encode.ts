import { SeccompError } from '../errors.ts'
import { kindOf, requireList } from '../given.ts'
import type { ByteOrder } from './data.ts'
import { type Instruction, MAX_INSTRUCTIONS, type Program } from './instruction.ts'

/**
 * The raw array of `struct sock_filter` that `seccomp(2)`, bubblewrap and others take: 8 bytes an instruction, in
 * the byte order of the machine that will load it.
 * @throws SeccompError ERR_USAGE for what is no list
 * @example writeFileSync('filter.bpf', encode(filter.instructions, 'little'))
 */
export const encode = (program: Program, order: ByteOrder): Uint8Array => {
  requireList('encode takes a list of instructions', program)
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  program.forEach(({ code, jt, jf, k }, i) => {
    view.setUint16(i * 8, code, order === 'little')
    bytes[i * 8 + 2] = jt
    bytes[i * 8 + 3] = jf
    view.setUint32(i * 8 + 4, k, order === 'little')
  })
  return bytes
}

/**
 * Read a raw array back; the inverse of {@link encode}. Checks the size only: `checkProgram` says whether the kernel
 * would take it.
 * @throws SeccompError ERR_FILTER_INVALID for an empty input, a size that isn't a multiple of 8, or over 4096
 * instructions.
 * @example decode(readFileSync('filter.bpf'), 'little').length // 172
 */
export const decode = (bytes: Uint8Array, order: ByteOrder): Instruction[] => {
  if (!(bytes instanceof Uint8Array))
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `a filter is read from bytes, a Uint8Array, not ${kindOf(bytes)}`,
    )
  const count = bytes.length / 8
  if (!Number.isInteger(count) || count === 0 || count > MAX_INSTRUCTIONS)
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `${bytes.length} bytes are no filter: it must be 1 to ${MAX_INSTRUCTIONS} instructions of 8 bytes`,
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, i) => ({
    code: view.getUint16(i * 8, order === 'little'),
    jt: view.getUint8(i * 8 + 2),
    jf: view.getUint8(i * 8 + 3),
    k: view.getUint32(i * 8 + 4, order === 'little'),
  }))
}
