/**
 * The architectures that seccomp knows, with the names each world gives them.
 * Sources: include/uapi/linux/audit.h (AUDIT_ARCH_*), libseccomp's architecture tokens, Go's GOARCH (Docker's gates).
 */

import { printable, SeccompError } from '../errors.ts'
import { kindOf } from '../given.ts'

/** libseccomp's own tokens. */
export type ArchitectureName =
  | 'x86'
  | 'x86_64'
  | 'x32'
  | 'arm'
  | 'aarch64'
  | 'loongarch64'
  | 'm68k'
  | 'mips'
  | 'mipsel'
  | 'mips64'
  | 'mipsel64'
  | 'mips64n32'
  | 'mipsel64n32'
  | 'parisc'
  | 'parisc64'
  | 'ppc'
  | 'ppc64'
  | 'ppc64le'
  | 'riscv64'
  | 's390'
  | 's390x'
  | 'sh'
  | 'sheb'

/** What is known of one architecture. */
export interface Architecture {
  readonly name: ArchitectureName
  /** `SCMP_ARCH_*`, as OCI and Docker profiles spell it. */
  readonly scmp: string
  /** The word the kernel puts in `seccomp_data.arch`. x32 has x86_64's; its numbers carry bit 30. */
  readonly audit: number
  readonly bits: 32 | 64
  readonly endian: 'little' | 'big'
  /** The column of the syscall table; byte-order twins share one. */
  readonly table: string
  /** Docker's spelling in `includes.arches` (moby seccomp_linux.go, goToNative); Go's name where Docker runs. */
  readonly docker: string
}

const EM = {
  386: 3,
  M68K: 4,
  MIPS: 8,
  PARISC: 15,
  PPC: 20,
  PPC64: 21,
  S390: 22,
  ARM: 40,
  SH: 42,
  X86_64: 62,
  AARCH64: 183,
  RISCV: 243,
  LOONGARCH: 258,
} as const
const B64 = 0x80000000
const LE = 0x40000000
const N32 = 0x20000000

const row = (
  name: ArchitectureName,
  machine: number,
  flags: number,
  docker: string,
  more: { scmp?: string; bits?: 32; table?: string } = {},
): Architecture => ({
  name,
  scmp: `SCMP_ARCH_${more.scmp ?? name.toUpperCase()}`,
  audit: (machine | flags) >>> 0,
  bits: more.bits ?? (flags & B64 ? 64 : 32),
  endian: flags & LE ? 'little' : 'big',
  table: more.table ?? name,
  docker,
})

/**
 * Every architecture, in libseccomp's order.
 * @example architectures.find(({ name }) => name === 'aarch64').audit // 0xc00000b7
 */
export const architectures: readonly Architecture[] = [
  row('x86', EM[386], LE, 'x86'),
  row('x86_64', EM.X86_64, B64 | LE, 'amd64'),
  // 32-bit pointers on the 64-bit entry point: libseccomp (arch-x32.c) compares its arguments on 32 bits.
  row('x32', EM.X86_64, B64 | LE, 'x32', { bits: 32 }),
  row('arm', EM.ARM, LE, 'arm'),
  row('aarch64', EM.AARCH64, B64 | LE, 'arm64'),
  row('loongarch64', EM.LOONGARCH, B64 | LE, 'loongarch64'),
  row('m68k', EM.M68K, 0, 'm68k'),
  row('mips', EM.MIPS, 0, 'mips'),
  row('mipsel', EM.MIPS, LE, 'mipsel', { table: 'mips' }),
  row('mips64', EM.MIPS, B64, 'mips64'),
  row('mipsel64', EM.MIPS, B64 | LE, 'mipsel64', { table: 'mips64' }),
  row('mips64n32', EM.MIPS, B64 | N32, 'mips64n32', { bits: 32 }),
  row('mipsel64n32', EM.MIPS, B64 | LE | N32, 'mipsel64n32', { bits: 32, table: 'mips64n32' }),
  row('parisc', EM.PARISC, 0, 'parisc'),
  row('parisc64', EM.PARISC, B64, 'parisc64'),
  row('ppc', EM.PPC, 0, 'ppc'),
  row('ppc64', EM.PPC64, B64, 'ppc64'),
  row('ppc64le', EM.PPC64, B64 | LE, 'ppc64le', { table: 'ppc64' }),
  row('riscv64', EM.RISCV, B64 | LE, 'riscv64'),
  row('s390', EM.S390, 0, 's390'),
  row('s390x', EM.S390, B64, 's390x'),
  row('sh', EM.SH, LE, 'sh'),
  row('sheb', EM.SH, 0, 'sheb', { table: 'sh' }),
]

const byName = new Map(architectures.map((architecture) => [architecture.name as string, architecture]))
const byScmp = new Map(architectures.map((architecture) => [architecture.scmp, architecture]))

/**
 * The architecture called `name` by libseccomp.
 * @throws SeccompError ERR_TARGET_INVALID for a name that this type doesn't have.
 */
export const architecture = (name: ArchitectureName): Architecture => {
  const found = byName.get(name)
  if (!found)
    throw new SeccompError(
      'ERR_TARGET_INVALID',
      `no architecture is called ${typeof name === 'string' ? printable(name) : kindOf(name)}; see architectures`,
    )
  return found
}

/** The architecture for `x86_64` or `SCMP_ARCH_X86_64`, or undefined. */
export const findArchitecture = (name: string): Architecture | undefined =>
  byName.get(name) ?? byScmp.get(name)

/** The bit that marks an x32 number (arch/x86/include/uapi/asm/unistd.h, __X32_SYSCALL_BIT). */
export const X32_BIT = 0x40000000
