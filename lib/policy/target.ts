import type { ArchitectureName } from '../syscalls/architectures.ts'

/**
 * What a profile is resolved for: Docker's gates ask about the architecture, the kernel and the capabilities of the
 * process that will run.
 */
export interface Target {
  /** The native architecture, libseccomp's spelling: `x86_64`, `aarch64`. */
  readonly arch: ArchitectureName
  readonly kernel: KernelVersion
  /** Capability names (`CAP_SYS_ADMIN`), sorted. */
  readonly capabilities: readonly string[]
}

/** Major and minor number: all that Docker's `minKernel` compares (moby pkg kernel_linux.go). */
export interface KernelVersion {
  readonly major: number
  readonly minor: number
}
