import { type Command, Option } from 'commander'
import type { Program } from '../bpf/instruction.ts'
import { parseCall } from '../inspect/call.ts'
import { type DisassembleOptions, disassembleLines, textLines } from '../inspect/disassemble.ts'
import { simulate } from '../inspect/simulate.ts'
import { formatVerdict } from '../policy/format.ts'
import { parseArchitecture } from '../policy/target.ts'
import { architecture } from '../syscalls/architectures.ts'
import { painter } from './colour.ts'
import { print, printJson } from './output.ts'
import { readProgram } from './read-program.ts'

/** `seccomp disasm`: a raw filter as text. */

interface DisasmFlags {
  readonly arch?: string
  readonly path?: readonly string[]
  readonly json?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<file>', 'an array of struct sock_filter; - is standard input')
    .option('--arch <name>', 'whose byte order and names to read it with (default: little-endian)')
    .addOption(
      new Option('--path <call...>', 'mark the instructions that run for a call with these arguments'),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp compile docker-default | seccomp disasm -
  $ seccomp disasm filter.bpf --path socket AF_VSOCK
  $ seccomp disasm filter.bpf > filter.asm      # seccomp asm reads it back

A jump names where it goes: first for yes, then for no. With --path those lines
that run begin with >, and a terminal shows them in bold; the call is one of
x86_64, or of --arch.`,
    )
    .action(disassembleFile)
}

const disassembleFile = async (file: string, flags: DisasmFlags): Promise<void> => {
  const arch = flags.arch === undefined ? undefined : parseArchitecture(flags.arch)
  const order = arch ? architecture(arch).endian : 'little'
  const program = await readProgram(file, order)
  const options = { order, ...(arch && { arch }) }
  const run = flags.path && follow(program, flags.path, options)
  if (!flags.json) return print(marked(program, options, run && new Set(run.path)))
  const lines = disassembleLines(program, options)
  printJson({
    byteOrder: order,
    instructions: program.map((each, index) => ({ ...each, ...lines[index]! })),
    ...(run && { path: run.path, verdict: formatVerdict(run.verdict, arch) }),
  })
}

const follow = (
  program: Program,
  [name, ...args]: readonly string[],
  { arch = 'x86_64', order = 'little' }: DisassembleOptions,
): ReturnType<typeof simulate> => simulate(program, parseCall(name!, args, arch), order)

const marked = (
  program: Program,
  options: DisassembleOptions,
  path: ReadonlySet<number> | undefined,
): string => {
  const paint = painter()
  return textLines(program, options)
    .map(({ index, text }) => {
      if (!path) return `${text}\n`
      return index !== undefined && path.has(index) ? `${paint(`> ${text}`, 'heading')}\n` : `  ${text}\n`
    })
    .join('')
}
