import type { Profile, Rule } from '../types.ts'
import { allow, argument, native, on } from './rules.ts'

/** What the default profiles of Docker and Podman have in common beside plain names. */

/** Personas of personality(2). All else can switch off the protections of memory, or is an emulation of old. */
const PER_LINUX = 0n
const PER_LINUX32 = 8n
const UNAME26 = 0x20000n
const QUERY = 0xffffffffn

export const personas: readonly Rule[] = [PER_LINUX, PER_LINUX32, UNAME26, UNAME26 | PER_LINUX32, QUERY].map(
  (persona) =>
    allow(
      'A plain Linux persona, 32-bit or reporting itself as 2.6, or the question which one it is',
      'personality',
      {},
      argument(0, 'SCMP_CMP_EQ', persona),
    ),
)

/** Calls that only some architectures have. */
export const architectural: readonly Rule[] = [
  allow('x86: thread pointer and CPU features', 'arch_prctl', on('amd64', 'x32')),
  allow('x86: segments, for Wine and old programs', 'modify_ldt', on('amd64', 'x32', 'x86')),
  allow(
    'Arm: own argument order for 64-bit values, and private calls of the C library',
    'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
    on('arm', 'arm64'),
  ),
  allow('POWER: own argument order; user contexts', 'sync_file_range2 swapcontext', on('ppc64le')),
  allow(
    'IBM Z: PCI from user space, runtime instrumentation',
    's390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr',
    on('s390', 's390x'),
  ),
  allow('RISC-V: make new code visible to all harts', 'riscv_flush_icache', on('riscv64')),
]

/** The architectures whose programs a kernel also runs. */
export const subArchitectures: NonNullable<Profile['archMap']> = [
  native('X86_64', 'X86', 'X32'),
  native('AARCH64', 'ARM'),
  native('MIPS64', 'MIPS', 'MIPS64N32'),
  native('MIPS64N32', 'MIPS', 'MIPS64'),
  native('MIPSEL64', 'MIPSEL', 'MIPSEL64N32'),
  native('MIPSEL64N32', 'MIPSEL', 'MIPSEL64'),
  native('S390X', 'S390'),
]
