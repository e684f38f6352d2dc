import { checkProgram } from '../bpf/check.ts'
import type { ByteOrder } from '../bpf/data.ts'
import { decode } from '../bpf/encode.ts'
import { MAX_INSTRUCTIONS, type Program } from '../bpf/instruction.ts'
import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { readInput } from './read-input.ts'

/**
 * A raw filter (an array of struct sock_filter) from a file, or from standard input for `-`.
 * @throws SeccompError ERR_USAGE for a file that can't be read, ERR_FILTER_INVALID for one that holds no filter that the
 * kernel takes.
 */
export const readProgram = async (file: string, order: ByteOrder): Promise<Program> => {
  const bytes = await readInput(file, MAX_INSTRUCTIONS * 8)
  if (bytes.length > MAX_INSTRUCTIONS * 8)
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `${found(file)} is no filter: it has more than ${MAX_INSTRUCTIONS} instructions of 8 bytes`,
    )
  const program = decodeFrom(bytes, order, file)
  const refusal = checkProgram(program)
  if (!refusal) return program
  const other = order === 'little' ? 'big' : 'little'
  const swapped = checkProgram(decode(bytes, other)) === undefined
  const hint = swapped ? `; read as ${other}-endian it is one, so name the machine with --arch` : ''
  throw new SeccompError(
    'ERR_FILTER_INVALID',
    `${found(file)} is no filter that the kernel takes: instruction ${refusal.index}: ${refusal.reason}${hint}`,
  )
}

const decodeFrom = (bytes: Uint8Array, order: ByteOrder, file: string): Program => {
  try {
    return decode(bytes, order)
  } catch (error) {
    if (!(error instanceof SeccompError)) throw error
    throw new SeccompError(error.code, `${found(file)}: ${error.message}`, { cause: error })
  }
}
