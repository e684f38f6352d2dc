/** Loading a filter into this process. */

import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'
import { decode } from '../bpf/encode.ts'
import { SeccompError } from '../errors.ts'
import { kindOf } from '../given.ts'
import type { FlagName } from '../profile/types.ts'
import { binding } from './binding.ts'
import { KernelError, nameOfResult, ThreadSyncError } from './errors.ts'
import { filterFlags, flagBits } from './flags.ts'
import { requireSupport } from './requirements.ts'

/** Size of one `struct sock_filter`. */
const INSTRUCTION_BYTES = 8
/** BPF_MAXINSNS. */
const MAX_INSTRUCTIONS = 4096

/** How {@link installFilter} installs. */
export interface InstallOptions {
  /**
   * `all`, the default: every thread of the process, or none. `calling`: this thread and those it starts later; Node's
   * thread pool, which does file access and DNS, keeps what it has, so this is no boundary for a program.
   */
  readonly threads?: 'all' | 'calling'
  /** Further flags, as a profile names them. */
  readonly flags?: readonly FlagName[]
  /** Set no_new_privs first, so that no privilege is needed; the default. Without it the kernel asks for CAP_SYS_ADMIN. */
  readonly noNewPrivileges?: boolean
}

/**
 * Puts a filter in force for this process, for good: it can't be taken off, only stacked upon.
 *
 * The program is trusted: nothing here looks at what it forbids, and a filter that forbids what Node needs ends or hangs
 * the process.
 *
 * @param program An array of `struct sock_filter` in this machine's byte order, 1 to 4096 of them; or several such
 * programs, in the order to install them: all but the last must let seccomp(2) through.
 * @throws SeccompError ERR_FILTER_INVALID or ERR_FILTER_TOO_LARGE for bytes that are no such array, before any of
 * several is installed; {@link ThreadSyncError} when a thread can't take it; {@link KernelError} when the kernel refuses
 * it, with code ERR_KERNEL_UNSUPPORTED when it lacks a flag, or an action that a program returns. In all these cases no
 * thread has the filter; no_new_privs may be set. Of several the kernel may refuse one when those before it hold
 * already: the error then says so, and the process should end.
 * @see seccomp(2)
 * @example installFilter(compile(profile).bytes)
 */
export const installFilter = (
  program: Uint8Array | readonly Uint8Array[],
  options: InstallOptions = {},
): void => {
  const { threads = 'all', flags = [], noNewPrivileges = true } = options
  const programs: readonly Uint8Array[] = Array.isArray(program) ? program : [program]
  if (programs.length === 0) throw new SeccompError('ERR_FILTER_INVALID', 'there is no filter in the list')
  programs.forEach(checkProgramSize)
  const byteOrder = endianness() === 'LE' ? 'little' : 'big'
  requireSupport({ programs: programs.map((each) => decode(each, byteOrder)), flags })
  const bits = flagBits(flags) | (threads === 'all' ? filterFlags.SECCOMP_FILTER_FLAG_TSYNC : 0)
  for (const [before, each] of programs.entries()) {
    const result = install(each, bits, noNewPrivileges, before)
    if (result > 0) throw new ThreadSyncError(result, threadName(result), before)
  }
}

/**
 * What the kernel says when it takes the filter, or a KernelError.
 * @param before how many filters of the same list hold already
 */
export const install = (program: Uint8Array, bits: number, noNewPrivileges: boolean, before = 0): number => {
  refuseImpostor(bits, before)
  const result = binding().install(program, bits, noNewPrivileges)
  if (result < 0) throw refusal(result, noNewPrivileges, before)
  return result
}

/** Whether the bytes can be a filter at all; shared with the launcher, which would refuse them as well. */
export const checkProgramSize = (program: Uint8Array): void => {
  if (!(program instanceof Uint8Array))
    throw new SeccompError('ERR_FILTER_INVALID', `a filter is bytes, a Uint8Array, not ${kindOf(program)}`)
  if (program.length === 0 || program.length % INSTRUCTION_BYTES !== 0)
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `a filter is 1 to ${MAX_INSTRUCTIONS} instructions of ${INSTRUCTION_BYTES} bytes, not ${program.length} bytes`,
    )
  const count = program.length / INSTRUCTION_BYTES
  if (count > MAX_INSTRUCTIONS)
    throw new SeccompError(
      'ERR_FILTER_TOO_LARGE',
      `the filter has ${count} instructions and the kernel takes ${MAX_INSTRUCTIONS}; compileStack() splits a profile`,
    )
}

const threadName = (tid: number): string => {
  try {
    return readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').trimEnd()
  } catch {
    return ''
  }
}

/**
 * The kernel goes on to read the program, which isn't there (EFAULT); a filter that answers seccomp(2) with errno 0 in
 * its place says done, and nothing would hold.
 */
const refuseImpostor = (bits: number, before: number): void => {
  if (binding().probeFlags(bits) < 0) return
  throw new SeccompError(
    'ERR_KERNEL',
    'a filter that is already in force answers seccomp(2) with success in the place of the kernel, which installs ' +
      `nothing; install this one before it${partOf(before)}`,
  )
}

/** What is true when not the first of several was refused. */
const partOf = (before: number): string =>
  before > 0 ? `; this is filter ${before + 1}, and those before it hold already: end this process` : ''

const refusal = (result: number, noNewPrivileges: boolean, before: number): KernelError => {
  const errno = nameOfResult(result)
  if (errno === 'ENOSYS')
    return new KernelError('seccomp', errno, remedies[errno]!, { code: 'ERR_KERNEL_UNSUPPORTED' })
  if (errno === 'EACCES' && !noNewPrivileges)
    return new KernelError(
      'seccomp',
      errno,
      'without no_new_privs the kernel asks for CAP_SYS_ADMIN; leave noNewPrivileges on, or run with that capability',
    )
  return new KernelError(
    'seccomp',
    errno,
    `${remedies[errno] ?? 'the kernel refuses the filter'}${partOf(before)}`,
  )
}

/** What each refusal means here (kernel/seccomp.c, seccomp_set_mode_filter and what it calls). */
const remedies: Partial<Record<string, string>> = {
  EACCES: 'a filter that is already in force answers so',
  EPERM: 'a filter that is already in force forbids further ones; install this one before it',
  EINVAL:
    'the kernel finds the program invalid: bad opcode or offset, a jump out of it, or no return at its end',
  ENOMEM:
    'too much memory, or the filters of this thread add up to more than 32768 instructions as the kernel translates ' +
    'them; stack fewer',
  EFAULT: 'the kernel could not read the program',
  ENOSYS: 'this kernel has no seccomp filters (CONFIG_SECCOMP_FILTER)',
  EBUSY: 'one of the filters of this thread already has a listener',
  ESRCH: 'a thread has a filter of its own and can not take this one',
}
