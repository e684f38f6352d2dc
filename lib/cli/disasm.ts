import type { Command } from 'commander'
import { disassemble, disassembleLines } from '../inspect/disassemble.ts'
import { parseArchitecture } from '../policy/target.ts'
import { architecture } from '../syscalls/architectures.ts'
import { print, printJson } from './output.ts'
import { readProgram } from './read-program.ts'

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
  const program = await readProgram(file, order)
  const options = { order, ...(arch && { arch }) }
  if (!flags.json) return print(disassemble(program, options))
  const lines = disassembleLines(program, options)
  printJson({ byteOrder: order, instructions: program.map((each, index) => ({ ...each, ...lines[index]! })) })
}
