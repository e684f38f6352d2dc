/**
 * System-call numbers by name, and names by number, for every architecture. The tables are text until somebody asks:
 * importing this file parses nothing.
 */
import { type ArchitectureName, architecture, X32_BIT } from './architectures.ts'
import { columns, numbers } from './generated/numbers.ts'

export { linux } from './generated/numbers.ts'

interface Table {
  readonly byName: ReadonlyMap<string, number>
  readonly byNumber: ReadonlyMap<number, string>
}

const tables = new Map<string, Table>()
let names: ReadonlySet<string> | undefined

const allNames = (): ReadonlySet<string> => {
  names ??= new Set(numbers.match(/^\S+/gm))
  return names
}

const parseTable = (column: string): Table => {
  const index = columns.indexOf(column)
  if (index < 0) throw new RangeError(`no column ${column} in the syscall table`)
  // The kernel's table has x32's calls without the bit that a caller must set.
  const bit = column === 'x32' ? X32_BIT : 0
  const byName = new Map<string, number>()
  const byNumber = new Map<number, string>()
  // One pass over the text for one column; lines with `-` there don't match.
  for (const [, name, cell] of numbers.matchAll(new RegExp(`^(\\S+)(?: \\S+){${index}} (\\d+)`, 'gm'))) {
    const number = Number(cell) | bit
    byName.set(name!, number)
    byNumber.set(number, name!)
  }
  return { byName, byNumber }
}

const tableOf = (name: ArchitectureName): Table => {
  const column = architecture(name).table
  let table = tables.get(column)
  if (!table) {
    table = parseTable(column)
    tables.set(column, table)
  }
  return table
}

/**
 * The number of the call `name` on `arch`, as `seccomp_data.nr` has it: x32's carry bit 30, MIPS's their base of 4000,
 * 5000 or 6000. Undefined where the architecture has no such call.
 *
 * @example numberOf('x86_64', 'openat') // 257
 */
export const numberOf = (arch: ArchitectureName, name: string): number | undefined =>
  tableOf(arch).byName.get(name)

/**
 * The call that has `number` on `arch`, or undefined. The inverse of {@link numberOf}: x32 takes the number with
 * bit 30.
 *
 * @example nameOf('aarch64', 56) // 'openat'
 */
export const nameOf = (arch: ArchitectureName, number: number): string | undefined =>
  tableOf(arch).byNumber.get(number)

/** Every call of `arch` with its number, in the order of their names. No two share a number. */
export const syscallNames = (arch: ArchitectureName): ReadonlyMap<string, number> => tableOf(arch).byName

/** Every name that at least one architecture has, in order. */
export const allSyscallNames = (): readonly string[] => [...allNames()]

/** Whether any architecture has a call of that name. */
export const isKnownSyscall = (name: string): boolean => allNames().has(name)
