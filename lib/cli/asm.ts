import type { Command } from 'commander'
import { encode } from '../bpf/encode.ts'
import { assembleText } from '../inspect/assemble-text.ts'
import { parseArchitecture } from '../policy/target.ts'
import { architecture } from '../syscalls/architectures.ts'
import { printBinary } from './output.ts'
import { readText } from './read-input.ts'
import { writeWhole } from './write-file.ts'

/** `seccomp asm`: a filter written as text, or what disasm printed, as the kernel takes it. */

interface AsmFlags {
  readonly arch: string
  readonly output: string
}

export const define = (command: Command): void => {
  command
    .argument('<file>', 'text as disasm prints it; - is standard input')
    .option('-o, --output <file>', 'where to write; - is standard output', '-')
    .option('--arch <name>', 'whose byte order and names it has', 'x86_64')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp disasm filter.bpf > filter.asm && seccomp asm filter.asm -o copy.bpf
  $ printf 'ld nr\\njeq mkdir, no, yes\\nno: ret ERRNO(EPERM)\\nyes: ret ALLOW\\n' |
      seccomp asm - -o filter.bpf

Instructions are ld, ldx, st, stx, add … xor, neg, tax, txa, ja, jeq, jgt, jge,
jset and ret. A jump names a label or a line's number, first for yes, then for
no (left out: the next line). ; and # begin a comment.`,
    )
    .action(assembleFile)
}

const assembleFile = async (file: string, flags: AsmFlags): Promise<void> => {
  const arch = parseArchitecture(flags.arch)
  const program = assembleText(await readText(file), { arch, source: file === '-' ? 'standard input' : file })
  const bytes = encode(program, architecture(arch).endian)
  if (flags.output === '-') printBinary(bytes, 'name a file with -o')
  else writeWhole(flags.output, bytes)
}
