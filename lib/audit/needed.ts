import { type ArchitectureName, architectures } from '../syscalls/architectures.ts'
import { numberOf } from '../syscalls/numbers.ts'

/** Calls with the reason for a rule that no line of the log asks for. */
export interface Needed {
  readonly names: readonly string[]
  /** One sentence's end, for the rule's comment. */
  readonly why: string
}

/**
 * What every program needs to start, to go on and to end, seen or not: a log may begin late or miss lines, and the
 * kernel itself makes programs call some. None of them reaches a file, a socket or another process, but for execve,
 * without which nothing starts.
 */
const needed: readonly Needed[] = [
  { names: ['execve'], why: 'starts the program; the filter is in force before' },
  { names: ['exit', 'exit_group'], why: 'ends a thread and the process' },
  {
    names: ['rt_sigreturn', 'sigreturn'],
    why: 'returns from a signal handler; libc makes it, for every signal',
  },
  {
    names: ['restart_syscall'],
    why: 'the kernel has it made when a stopped or traced process goes on sleeping',
  },
  { names: ['brk', 'mmap', 'mprotect', 'munmap'], why: 'memory, for libc and the loader' },
  {
    names: ['arch_prctl', 'set_thread_area', 'set_tls'],
    why: 'sets up thread-local storage before main() begins',
  },
  { names: ['set_robust_list', 'set_tid_address', 'rseq'], why: 'libc registers each thread with it' },
  { names: ['futex', 'futex_time64'], why: 'locks; an uncontended one never shows in a log' },
]

/**
 * Calls newer than some kernels, for which libraries have an older way that they take at ENOSYS and not at EPERM.
 * Sources: glibc (clone3 in pthread_create, faccessat2, fchmodat2), systemd and runtimes (close_range, openat2), libuv
 * and coreutils (statx).
 */
const optional: Needed = {
  names: ['clone3', 'close_range', 'faccessat2', 'fchmodat2', 'openat2', 'statx'],
  why: 'libraries try an older call when this one fails with ENOSYS, and give up at EPERM',
}

/** {@link needed}, without what was seen and what none of the architectures has. */
export const neededBeside = (
  seen: ReadonlySet<string>,
  where: readonly ArchitectureName[] | undefined,
): Needed[] => without(needed, seen, where)

/** What is answered with ENOSYS if it wasn't seen. */
export const optionalBeside = (
  seen: ReadonlySet<string>,
  where: readonly ArchitectureName[] | undefined,
): Needed[] => without([optional], seen, where)

const without = (
  all: readonly Needed[],
  seen: ReadonlySet<string>,
  where: readonly ArchitectureName[] = architectures.map(({ name }) => name),
): Needed[] =>
  all.flatMap(({ names, why }) => {
    const left = names.filter(
      (name) => !seen.has(name) && where.some((arch) => numberOf(arch, name) !== undefined),
    )
    return left.length ? [{ names: left, why }] : []
  })
