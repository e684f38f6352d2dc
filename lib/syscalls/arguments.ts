/**
 * Names and widths of system-call arguments. seccomp sees six 64-bit registers, but where the kernel declares an
 * `int` it reads the low half only: `socket(0x100000028, …)` opens the same AF_VSOCK as `socket(0x28, …)`, past any
 * filter that compares 64 bits. Source: every `SYSCALL_DEFINEn` of the kernel; the macro casts each register to the
 * declared type (include/linux/syscalls.h, __SC_CAST).
 *
 * What is called 32 bits may be fewer: the kernel reads 16 of a umode_t (chmod, mkdir …). Registers are 32 bits wide
 * anyway on 32-bit architectures.
 */
import { type ArchitectureName, architecture, architectures } from './architectures.ts'
import { signatures } from './generated/arguments.ts'

interface Argument {
  readonly name: string
  readonly width: 32 | 64
}

let lines: ReadonlyMap<string, string> | undefined

/** `name`, or `name@column` where one architecture differs → the rest of its line. */
const allLines = (): ReadonlyMap<string, string> => {
  lines ??= new Map(
    Array.from(signatures.matchAll(/^(\S+) ?(.*)$/gm), ([, key, rest]): [string, string] => [key!, rest!]),
  )
  return lines
}

const parseSignature = (line: string): Argument[] =>
  line.split(' ').map((text) => {
    const [name, width] = text.split(':')
    return { name: name!, width: width === '32' ? 32 : 64 }
  })

/** x32 enters the kernel through x86_64's functions. */
const columnOf = (arch: ArchitectureName): string => (arch === 'x32' ? 'x86_64' : architecture(arch).table)

const wideColumns = [...new Set(architectures.filter(({ bits }) => bits === 64).map(({ table }) => table))]

const signatureOf = (name: string, column: string): readonly Argument[] => {
  const line = allLines().get(`${name}@${column}`) ?? allLines().get(name)
  return line ? parseSignature(line) : []
}

/**
 * How many bits of an argument the kernel reads: 32, or 64, which is also the answer for what isn't known.
 * Without `arch`, 32 only where every 64-bit architecture agrees; `personality` is an `unsigned int` but on ppc64.
 *
 * @param index 0 to 5
 * @example argumentWidth('socket', 0) // 32
 * @example argumentWidth('mmap', 4, 'x86_64') // 64: the table's mmap takes its descriptor as an unsigned long
 */
export const argumentWidth = (name: string, index: number, arch?: ArchitectureName): 32 | 64 => {
  if (arch && arch !== 'x32' && architecture(arch).bits === 32) return 32
  const columns = arch ? [columnOf(arch)] : wideColumns
  return columns.every((column) => signatureOf(name, column)[index]?.width === 32) ? 32 : 64
}

/**
 * The kernel's names of a call's arguments, in order; empty for a call without any and for one whose definition is
 * gone from the kernel. Architectures disagree on the order of clone's.
 *
 * @example argumentNames('socket') // ['family', 'type', 'protocol']
 * @example argumentNames('clone', 's390x') // ['newsp', 'clone_flags', …]
 */
export const argumentNames = (name: string, arch: ArchitectureName = 'x86_64'): readonly string[] =>
  signatureOf(name, columnOf(arch)).map((argument) => argument.name)
