/** This machine as a target. */

import { endianness, release } from 'node:os'
import { SeccompError } from '../errors.ts'
import { requireObject } from '../given.ts'
import { parseKernel, type Target } from '../policy/target.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { capabilities as allCapabilities, dockerCapabilities } from '../syscalls/capabilities.ts'
import { handedOver } from './handed-over.ts'
import { type Privileges, parsePrivileges, processStatus } from './status.ts'

/** Node's name for a CPU, with the byte order that os.endianness() tells. */
const architectureNames: Partial<Record<string, ArchitectureName>> = {
  'x64 LE': 'x86_64',
  'ia32 LE': 'x86',
  'arm64 LE': 'aarch64',
  'arm LE': 'arm',
  'loong64 LE': 'loongarch64',
  'mips BE': 'mips',
  'mipsel LE': 'mipsel',
  'mips64el LE': 'mipsel64',
  'ppc BE': 'ppc',
  'ppc64 BE': 'ppc64',
  'ppc64 LE': 'ppc64le',
  'riscv64 LE': 'riscv64',
  's390 BE': 's390',
  's390x BE': 's390x',
}

/** @throws SeccompError ERR_TARGET_INVALID for a CPU that isn't in the table. */
export const architectureOfCpu = (cpu: string, byteOrder: 'LE' | 'BE'): ArchitectureName => {
  const name = architectureNames[`${cpu} ${byteOrder}`]
  if (name) return name
  throw new SeccompError(
    'ERR_TARGET_INVALID',
    `no seccomp architecture is known for ${cpu} (${byteOrder}); name one in the target, such as 'x86_64'`,
  )
}

/**
 * The capabilities a program has after this process executes it under no_new_privs (capabilities(7), "Transformation of
 * capabilities during execve()"): root gets what the bounding set leaves of its own, anybody else the ambient set.
 */
export const capabilitiesAfterExec = ({ uid, capabilities }: Privileges): readonly string[] =>
  uid === 0
    ? capabilities.permitted.filter((name) => capabilities.bounding.includes(name))
    : capabilities.ambient

/** For whom {@link hostTarget} makes a target. */
export interface HostOptions {
  /** Who will be filtered: a program that this process starts (`exec`, the default), or this process as it is. */
  readonly runs?: 'exec' | 'self'
  /**
   * `docker`, the default: of Docker's fourteen, those the process will have. A gate in a profile opens calls to
   * capabilities granted on purpose, as by `docker run --cap-add`; that the caller happens to be root is no such
   * purpose. `process`: all that it will have.
   */
  readonly capabilities?: 'docker' | 'process'
}

/**
 * This machine as a target: its architecture, its kernel, and the capabilities of the process that will run.
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM elsewhere than on Linux.
 * @example hostTarget() // { arch: 'x86_64', kernel: { major: 6, minor: 18 }, capabilities: ['CAP_CHOWN', …] }
 */
export const hostTarget = (options: HostOptions = {}): Target => {
  requireObject('hostTarget takes options', options)
  return targetOf(ownPrivileges(), options)
}

/** Where a filter has closed /proc, as they were before it. */
const ownPrivileges = (): Privileges => {
  try {
    return processStatus()
  } catch (error) {
    const before = handedOver()
    if (!before) throw error
    return parsePrivileges(before.status)
  }
}

const targetOf = (
  privileges: Privileges,
  { runs = 'exec', capabilities = 'docker' }: HostOptions,
): Target => {
  const held = runs === 'exec' ? capabilitiesAfterExec(privileges) : privileges.capabilities.effective
  const granted = capabilities === 'docker' ? dockerCapabilities : allCapabilities
  return {
    arch: architectureOfCpu(process.arch, endianness()),
    kernel: parseKernel(release()),
    capabilities: allCapabilities.filter((name) => held.includes(name) && granted.includes(name)),
  }
}
