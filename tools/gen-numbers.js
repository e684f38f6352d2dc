/**
 * lib/syscalls/generated/numbers.ts: the number of every system call on every architecture, from the tables that the
 * kernel's own build makes its headers of.
 *
 * The selections of ABIs are those of arch/<arch>/kernel/syscalls/Makefile (and scripts/Makefile.asm-headers for the
 * architectures on the generic table). Needs Linux 6.11 or later, which brought scripts/syscall.tbl.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { header } from './linux-source.js'

/** The last call of the 31-bit s390 table; see data/s390-31bit.tbl. */
const S390_LAST = 469

/** The rows of a `.tbl` file. */
const tableRows = (text) =>
  text
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(/\s+/))
    .map(([number, abi, name, entry]) => ({ number: Number(number), abi, name, entry }))

/** The rows of one table that belong to one of `abis`. */
const select = (rows, ...abis) => rows.filter((row) => abis.includes(row.abi))

/** `syscall_abis_64 += a b` of an architecture on the generic table. */
const genericAbis = (makefile) => {
  const added = makefile.match(/^syscall_abis_64 \+=(.*)$/m)
  if (!added) throw new Error('no syscall_abis_64 in Makefile.syscalls: has the kernel changed its build?')
  return ['common', '64', ...added[1].trim().split(/\s+/)]
}

/** ARM's private calls, `__ARM_NR_BASE+n`, which no table lists. */
const armPrivate = (unistd) => {
  const base = unistd.match(/^#define __ARM_NR_BASE\s+\(__NR_SYSCALL_BASE\+(0x[0-9a-f]+)\)/m)?.[1]
  const calls = [...unistd.matchAll(/^#define __ARM_NR_(\w+)\s+\(__ARM_NR_BASE\+(\d+)\)/gm)]
  if (!base || calls.length === 0) throw new Error('no __ARM_NR_ calls in arm/include/uapi/asm/unistd.h')
  return calls.map(([, name, number]) => ({ name, number: Number(base) + Number(number) }))
}

/** The 31-bit table: the tree's own where it still has one, else today's s390x with what was dropped put back. */
const s390 = (rows) => {
  if (rows.some((row) => row.abi === '32')) return select(rows, 'common', '32')
  const dropped = tableRows(readFileSync(join(import.meta.dirname, 'data/s390-31bit.tbl'), 'utf8'))
  const only64 = new Set(select(dropped, '64').map((row) => row.name))
  const shared = select(rows, 'common', '64').filter(
    (row) => !only64.has(row.name) && row.number <= S390_LAST,
  )
  return [...shared, ...select(dropped, '32')]
}

/**
 * Column name → its rows `{ number, name, entry }`; `entry` is the kernel's function, where the table names one.
 * x32's numbers stand as in the table, without bit 30; MIPS's carry their base.
 */
export const tablesOf = (root) => {
  const text = (path) => readFileSync(join(root, path), 'utf8')
  const table = (path) => tableRows(text(path))
  const arch = (name) => table(`arch/${name}/kernel/syscalls/syscall.tbl`)
  const x86 = table('arch/x86/entry/syscalls/syscall_64.tbl')
  const mips = (abi, base) =>
    select(table(`arch/mips/kernel/syscalls/syscall_${abi}.tbl`), 'common', abi).map((row) => ({
      ...row,
      number: base + row.number,
    }))
  const generic = (name, path = 'scripts/syscall.tbl') =>
    select(table(path), ...genericAbis(text(`arch/${name}/kernel/Makefile.syscalls`)))
  return {
    x86: select(table('arch/x86/entry/syscalls/syscall_32.tbl'), 'i386'),
    x86_64: select(x86, 'common', '64'),
    x32: select(x86, 'common', 'x32'),
    arm: [
      ...select(table('arch/arm/tools/syscall.tbl'), 'common', 'eabi'),
      ...armPrivate(text('arch/arm/include/uapi/asm/unistd.h')),
    ],
    aarch64: generic('arm64', 'arch/arm64/tools/syscall_64.tbl'),
    loongarch64: generic('loongarch'),
    m68k: select(arch('m68k'), 'common'),
    mips: mips('o32', 4000),
    mips64: mips('n64', 5000),
    mips64n32: mips('n32', 6000),
    parisc: select(arch('parisc'), 'common', '32'),
    parisc64: select(arch('parisc'), 'common', '64'),
    ppc: select(arch('powerpc'), 'common', 'nospu', '32'),
    ppc64: select(arch('powerpc'), 'common', 'nospu', '64'),
    riscv64: generic('riscv'),
    s390: s390(arch('s390')),
    s390x: select(arch('s390'), 'common', '64'),
    sh: select(arch('sh'), 'common'),
  }
}

/** Every name of every table, in order, without the places that a table only holds: `reserved82`, `unused18`. */
export const namesOf = (tables) =>
  [...new Set(Object.values(tables).flatMap((rows) => rows.map((row) => row.name)))]
    .filter((name) => !/^(reserved|unused)\d+$/.test(name))
    .sort((a, b) => (a < b ? -1 : 1))

/** The whole generated file. */
export const numbersFile = ({ root, version }) => {
  const tables = tablesOf(root)
  const columns = Object.values(tables).map((rows) => new Map(rows.map((row) => [row.name, row.number])))
  const lines = namesOf(tables).map((name) =>
    [name, ...columns.map((numbers) => numbers.get(name) ?? '-')].join(' '),
  )
  return `${header(version, [
    'One line a system call: its name, then its number in each column, `-` where it has none.',
    "x32's numbers are without bit 30. The column s390 is the 31-bit table as it last was (Linux 6.18).",
  ])}
/** The newest Linux whose calls are here. */
export const linux: string = '${version}'

/** The order of the numbers on a line. */
export const columns: readonly string[] = [
${Object.keys(tables)
  .map((name) => `  '${name}',\n`)
  .join('')}]

export const numbers: string = \`${lines.join('\n')}\`
`
}
