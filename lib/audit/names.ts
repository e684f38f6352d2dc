import { type ArchitectureName, architectures, findArchitecture, X32_BIT } from '../syscalls/architectures.ts'
import { allSyscallNames, nameOf, numberOf } from '../syscalls/numbers.ts'
import type { AuditRecord } from './line.ts'

/** What logs call architectures and calls → ours. */

/** Names of the audit tools' own table (audit-userspace, machinetab.h) and of uname(2), where they differ from ours. */
const otherNames: Readonly<Record<string, ArchitectureName>> = {
  i386: 'x86',
  i486: 'x86',
  i586: 'x86',
  i686: 'x86',
  amd64: 'x86_64',
  arm64: 'aarch64',
  armeb: 'arm',
  armv5tejl: 'arm',
  armv6l: 'arm',
  armv7l: 'arm',
}

type Where = Pick<AuditRecord, 'arch' | 'foreign'>

const byAudit = new Map(
  architectures.filter(({ name }) => name !== 'x32').map(({ audit, name }) => [audit, name]),
)

/** The value of `arch=`: eight hexadecimal digits, or a name; undefined for neither. */
export const readArchitecture = (text: string): Where | undefined => {
  const arch = otherNames[text] ?? findArchitecture(text)?.name
  if (arch) return { arch }
  if (!/^(?:0x)?[\da-f]{1,8}$/i.test(text)) return undefined
  const audit = Number.parseInt(text, 16)
  const known = byAudit.get(audit)
  return known ? { arch: known } : { foreign: audit }
}

/** The audit tools' names of calls that the kernel's tables spell otherwise (audit-userspace, *_table.h). */
const otherCalls: Readonly<Record<string, string>> = { pread: 'pread64', pwrite: 'pwrite64' }

/** A call by number on an architecture, x32's told apart by their bit; -1 is 0xffffffff. */
export const callByNumber = (where: Where, number: number): Where & Pick<AuditRecord, 'name' | 'number'> => {
  const nr = number >>> 0
  const isX32 = where.arch === 'x86_64' && nr & X32_BIT && nr !== 0xffffffff
  const arch = isX32 ? 'x32' : where.arch
  const name = arch && nameOf(arch, nr)
  return { ...where, number: nr, ...(arch && { arch }), ...(name !== undefined && { name }) }
}

let names: ReadonlyMap<string, string> | undefined

/** The table's own string: one that was cut from a log keeps alive all of the text around it. */
const ownName = (text: string): string | undefined => {
  names ??= new Map([
    ...allSyscallNames().map((name): [string, string] => [name, name]),
    ...Object.entries(otherCalls),
  ])
  return names.get(text)
}

/** A call by the name a tool prints; undefined for one that no architecture has. */
export const callByName = (
  where: Where,
  text: string,
): (Where & Pick<AuditRecord, 'name' | 'number'>) | undefined => {
  const name = ownName(text)
  if (name === undefined) return undefined
  const number = where.arch && numberOf(where.arch, name)
  return { ...where, name, ...(number !== undefined && { number }) }
}
