/** Error names and numbers. Most architectures agree; MIPS, PA-RISC and PowerPC have numbers of their own. */
import type { ArchitectureName } from './architectures.ts'
import { errnoColumns, errnos } from './generated/errno.ts'

interface Table {
  readonly byName: ReadonlyMap<string, number>
  readonly byNumber: ReadonlyMap<number, string>
}

const tables = new Map<string, Table>()

const columnOf = (arch: ArchitectureName): string => {
  if (arch.startsWith('mips')) return 'mips'
  if (arch.startsWith('parisc')) return 'parisc'
  if (arch.startsWith('ppc')) return 'ppc'
  return 'generic'
}

const parseTable = (column: string): Table => {
  const index = errnoColumns.indexOf(column)
  const byName = new Map<string, number>()
  const byNumber = new Map<number, string>()
  for (const line of errnos.split('\n')) {
    const [name, ...cells] = line.split(' ')
    const cell = cells[index]!
    if (cell === '-') continue
    const number = Number(cell)
    byName.set(name!, number)
    if (!byNumber.has(number)) byNumber.set(number, name!)
  }
  // The C library's name, not the kernel's (errno(3)); profiles that give errors by name may use it.
  byName.set('ENOTSUP', byName.get('EOPNOTSUPP')!)
  return { byName, byNumber }
}

const tableOf = (arch: ArchitectureName): Table => {
  const column = columnOf(arch)
  let table = tables.get(column)
  if (!table) {
    table = parseTable(column)
    tables.set(column, table)
  }
  return table
}

/**
 * The number of an error on `arch`, or undefined for a name it doesn't have.
 * Source: include/uapi/asm-generic/errno.h and the architectures' own.
 *
 * @example errnoNumber('ENOSYS') // 38
 * @example errnoNumber('ENOSYS', 'mips') // 89
 */
export const errnoNumber = (name: string, arch: ArchitectureName = 'x86_64'): number | undefined =>
  tableOf(arch).byName.get(name)

/**
 * The usual name of an error number on `arch` (EAGAIN, not EWOULDBLOCK), or undefined.
 *
 * @example errnoName(1) // 'EPERM'
 */
export const errnoName = (number: number, arch: ArchitectureName = 'x86_64'): string | undefined =>
  tableOf(arch).byNumber.get(number)

/** Every error name of `arch`, aliases included; the usual ones come first, by number. */
export const errnoNames = (arch: ArchitectureName = 'x86_64'): readonly string[] => [
  ...tableOf(arch).byName.keys(),
]
