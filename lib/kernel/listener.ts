/** Loading a filter that hands calls to a supervisor. */
import { endianness } from 'node:os'
import { decode } from '../bpf/encode.ts'
import type { FlagName } from '../profile/types.ts'
import { filterFlags, flagBits } from './flags.ts'
import { checkProgramSize, type InstallOptions, install } from './install.ts'
import { requireSupport } from './requirements.ts'

/**
 * {@link installFilter} for a filter with SCMP_ACT_NOTIFY: the calls it hands on wait until whoever holds the listener
 * answers them, and fail with ENOSYS once nobody holds it.
 *
 * A thread can't answer for itself while it waits: give the descriptor to another process (over a Unix socket, or by
 * `pidfd_getfd`) before a call of that kind is made. The descriptor is closed on exec.
 *
 * @param program as for {@link installFilter}
 * @param options as for {@link installFilter}; all threads means SECCOMP_FILTER_FLAG_TSYNC with TSYNC_ESRCH (Linux 5.7)
 * @returns the listener, a descriptor that is the caller's to close
 * @throws what {@link installFilter} throws; for a thread that can't take the filter {@link KernelError} with errno
 * ESRCH, for with a listener the kernel doesn't say which; with EBUSY when a filter in force has a listener already
 * @see seccomp_unotify(2)
 * @example const listener = installListener(compile(profile).bytes)
 */
export const installListener = (program: Uint8Array, options: InstallOptions = {}): number => {
  const { threads = 'all', noNewPrivileges = true } = options
  const flags: FlagName[] = [...(options.flags ?? [])]
  checkProgramSize(program)
  const byteOrder = endianness() === 'LE' ? 'little' : 'big'
  requireSupport({ programs: [decode(program, byteOrder)], flags, listener: true })
  const all = filterFlags.SECCOMP_FILTER_FLAG_TSYNC
  // With both TSYNC and a listener one result would have two meanings: the kernel wants TSYNC_ESRCH too.
  const bits =
    (flagBits(flags) & ~all) |
    filterFlags.SECCOMP_FILTER_FLAG_NEW_LISTENER |
    (threads === 'all' ? all | filterFlags.SECCOMP_FILTER_FLAG_TSYNC_ESRCH : 0)
  return install(program, bits, noNewPrivileges)
}
