import { createReadStream } from 'node:fs'
import type { Command } from 'commander'
import { checkProgram } from '../bpf/check.ts'
import type { ByteOrder } from '../bpf/data.ts'
import { decode } from '../bpf/encode.ts'
import { MAX_INSTRUCTIONS, type Program } from '../bpf/instruction.ts'
import { SeccompError } from '../errors.ts'
import { disassemble, disassembleLines } from '../inspect/disassemble.ts'
import { parseArchitecture } from '../policy/target.ts'
import { found } from '../profile/found.ts'
import { architecture } from '../syscalls/architectures.ts'
import { print, printJson } from './output.ts'
import { systemMessage } from './system-message.ts'

/** `seccomp disasm`: a raw filter as text. */

interface DisasmFlags {
  readonly arch?: string
  readonly json?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<file>', 'an array of struct sock_filter; - is standard input')
    .option('--arch <name>', 'whose byte order and names to read it with (default: little-endian)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Example:
  $ seccomp compile docker-default | seccomp disasm -`,
    )
    .action(disassembleFile)
}

const disassembleFile = async (file: string, flags: DisasmFlags): Promise<void> => {
  const arch = flags.arch === undefined ? undefined : parseArchitecture(flags.arch)
  const order = arch ? architecture(arch).endian : 'little'
  const program = readProgram(await readStart(file), order, file)
  const options = { order, ...(arch && { arch }) }
  if (!flags.json) return print(disassemble(program, options))
  const lines = disassembleLines(program, options)
  printJson({ byteOrder: order, instructions: program.map((each, index) => ({ ...each, ...lines[index]! })) })
}

const readProgram = (bytes: Uint8Array, order: ByteOrder, file: string): Program => {
  const program = decode(bytes, order)
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

/** The bytes of a file, or enough of them to see that they are too many. */
const readStart = async (file: string): Promise<Uint8Array> => {
  const most = MAX_INSTRUCTIONS * 8
  const stream = file === '-' ? process.stdin : createReadStream(file, { end: most })
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > most) break
    }
  } catch (error) {
    throw new SeccompError('ERR_USAGE', `can't read ${found(file)}: ${systemMessage(error)}`, {
      cause: error,
    })
  }
  return Buffer.concat(chunks)
}
