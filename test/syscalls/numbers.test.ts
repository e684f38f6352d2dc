import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { architectures, X32_BIT } from '../../lib/syscalls/architectures.ts'
import {
  allSyscallNames,
  isKnownSyscall,
  linux,
  nameOf,
  numberOf,
  syscallNames,
} from '../../lib/syscalls/numbers.ts'
import { sharedData } from '../shared-data.ts'

describe('syscall numbers', () => {
  test('are the well-known ones', () => {
    expect(numberOf('x86_64', 'openat')).toBe(257)
    expect(numberOf('x86', 'socketcall')).toBe(102)
    expect(numberOf('aarch64', 'openat')).toBe(56)
    expect(numberOf('arm', 'cacheflush')).toBe(0xf0002)
    expect(numberOf('riscv64', 'riscv_flush_icache')).toBe(259)
    expect(numberOf('s390x', 's390_pci_mmio_write')).toBe(352)
    expect(nameOf('aarch64', 56)).toBe('openat')
    expect(numberOf('x86_64', 'no_such_call')).toBeUndefined()
    expect(nameOf('x86_64', 335)).toBe('uretprobe')
    expect(nameOf('x86_64', 400)).toBeUndefined()
  })

  test('carry bit 30 on x32, in both directions', () => {
    expect(numberOf('x32', 'read')).toBe(X32_BIT)
    expect(numberOf('x32', 'ioctl')).toBe(X32_BIT | 514)
    expect(nameOf('x32', X32_BIT | 514)).toBe('ioctl')
    expect(nameOf('x32', 514)).toBeUndefined()
    expect(numberOf('x32', 'uselib')).toBeUndefined()
  })

  test('carry the base of each MIPS ABI', () => {
    expect(numberOf('mips', 'exit')).toBe(4001)
    expect(numberOf('mips64', 'read')).toBe(5000)
    expect(numberOf('mips64n32', 'read')).toBe(6000)
  })

  test('keep the 31-bit s390 table that the kernel has dropped', () => {
    expect(numberOf('s390', 'chown')).toBe(182)
    expect(numberOf('s390', 'chown32')).toBe(212)
    expect(numberOf('s390x', 'chown')).toBe(212)
    expect(numberOf('s390', 'semtimedop')).toBeUndefined()
    expect(numberOf('s390', 'file_setattr')).toBe(469)
    expect(numberOf('s390', 'listns')).toBeUndefined()
  })

  test('are shared by byte-order twins', () => {
    expect(syscallNames('mipsel')).toBe(syscallNames('mips'))
    expect(syscallNames('ppc64le')).toBe(syscallNames('ppc64'))
    expect(syscallNames('sheb')).toBe(syscallNames('sh'))
  })

  test('go up to Linux 7.1 at least', () => {
    const [major, minor] = linux.split('.').map(Number)
    expect(major! * 100 + minor!).toBeGreaterThanOrEqual(701)
    expect(numberOf('x86_64', 'rseq_slice_yield')).toBe(471)
  })

  test.each(architectures.map(({ name }) => name))(
    'on %s, names and numbers are each other’s inverse',
    (arch) => {
      const entries = [...syscallNames(arch)]
      expect(entries.length).toBeGreaterThan(300)
      expect(new Set(entries.map(([, number]) => number)).size).toBe(entries.length)
      for (const [name, number] of entries) {
        expect(nameOf(arch, number)).toBe(name)
        expect(isKnownSyscall(name)).toBe(true)
      }
    },
  )

  test('a name is known when some architecture has it, and only then', () => {
    for (const name of allSyscallNames()) {
      expect(
        architectures.some((arch) => numberOf(arch.name, name) !== undefined),
        name,
      ).toBe(true)
    }
    fc.assert(fc.property(fc.string(), (name) => isKnownSyscall(name) === allSyscallNames().includes(name)))
    expect(isKnownSyscall('constructor')).toBe(false)
  })
})

/** Every place where the table of libseccomp differs from the kernel's, and why. */
const differences: Readonly<Record<string, { ours: number; theirs: string; reason: string }>> = {
  'loongarch64 memfd_secret': {
    ours: 447,
    theirs: 'PNR',
    reason: "7.2's arch/loongarch/kernel/Makefile.syscalls selects memfd_secret; their table is of 7.1-rc4",
  },
}

const csv = sharedData('syscalls-linux-7.1.csv')
const why = csv ? '' : ' (skipped: ../shared/data/syscalls-linux-7.1.csv is not beside this checkout)'

if (!csv) console.log(`test/syscalls/numbers${why}`)

describe.skipIf(!csv)(`the table agrees with libseccomp's${why}`, () => {
  /** libseccomp writes MIPS numbers without their base and x32's without bit 30. */
  const base: Readonly<Record<string, number>> = { mips: 4000, mips64: 5000, mips64n32: 6000, x32: X32_BIT }
  const tables = architectures.filter(({ name, table }) => name === table)

  const theirs = (): Map<string, string[]> => {
    const lines = readFileSync(csv!, 'utf8').trim().split('\n')
    return new Map(lines.map((line) => [line.split(',')[0]!, line.split(',')]))
  }

  test('in every name and number, but for the differences listed here', () => {
    const rows = theirs()
    const header = [...rows.values()][0]!
    const names = new Set([...[...rows.keys()].slice(1), ...allSyscallNames()])
    const found: Record<string, { ours: number | undefined; theirs: string }> = {}
    for (const { name: arch } of tables) {
      const column = header.indexOf(arch)
      expect(column, arch).toBeGreaterThan(0)
      for (const name of names) {
        const ours = numberOf(arch, name)
        const their = rows.get(name)?.[column] ?? 'no such row'
        const same = their === 'PNR' ? ours === undefined : ours === Number(their) + (base[arch] ?? 0)
        if (!same) found[`${arch} ${name}`] = { ours, theirs: their }
      }
    }
    expect(found).toEqual(
      Object.fromEntries(
        Object.entries(differences).map(([key, { ours, theirs }]) => [key, { ours, theirs }]),
      ),
    )
  })
})
