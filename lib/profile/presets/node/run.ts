import type { Condition } from '../../types.ts'
import { pairs } from './network.ts'
import { bits, grant, is, type NodePromise, oneOf } from './promise.ts'

/** fcntl(2): descriptors and their flags. Not F_SETOWN, which sends signals to others, nor leases and locks. */
const [F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC] = [0n, 1n, 2n, 3n, 4n, 0x406n]

/**
 * ioctl(2), asm-generic/ioctls.h: is it a terminal, which, how wide is it, as it was before; how much is there to read, don't
 * wait, not for children. Not TIOCSTI, which types into the terminal for the shell to read once the program has ended.
 */
const [TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, TIOCGPTN] = [
  0x5401n,
  0x5402n,
  0x5403n,
  0x5404n,
  0x5413n,
  0x80045430n,
]
const [FIONREAD, FIONBIO, FIONCLEX, FIOCLEX] = [0x541bn, 0x5421n, 0x5450n, 0x5451n]

/** prctl(2). Not PR_SET_MM, PR_SET_DUMPABLE, PR_SET_PTRACER and others that open the process to others. */
const [PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP] = [15n, 16n, 21n]
const [PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_SET_VMA] = [38n, 39n, 0x53564d41n]

/** open(2): the descriptor is meant, not a path. With a path that isn't empty the flag changes nothing: docs/sandboxing-a-worker.md. */
const AT_EMPTY_PATH = 0x1000n
const byDescriptor = (flags: number): readonly Condition[] => [bits(flags, AT_EMPTY_PATH, AT_EMPTY_PATH)]

/**
 * madvise(2): all advice up to 31, and the guard pages with which glibc from 2.42 on ends stacks. Not MADV_HWPOISON and
 * MADV_SOFT_OFFLINE, by which root takes pages away from the whole machine. By masks: libseccomp, in runtimes, merges some
 * rules wrongly that set bounds to one argument.
 */
const [ADVICE, GUARD, MADV_GUARD_INSTALL] = [0xffffffe0n, 0xfffffffen, 102n]
const advice = [[bits(2, ADVICE)], [bits(2, GUARD, MADV_GUARD_INSTALL)]]

/** A running program: computing, timers, output, its end. Everything that is new has to come through what it holds. */
export const run: NodePromise = {
  title: 'compute, wait, use the descriptors it was given, and end',
  implies: [],
  grants: [
    grant(
      'Descriptors it has: read, write, seek, cut, flush, close',
      `read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek ftruncate fsync fdatasync
       fadvise64 close`,
    ),
    grant('Descriptors it has: what they are, asked at the start and the end of output', 'fstat'),
    grant(
      'The same with libc from 2.33 on and in fs.fstat(): by descriptor, with AT_EMPTY_PATH',
      'newfstatat',
      byDescriptor(3),
    ),
    grant('The same in fs.fstat()', 'statx', byDescriptor(2)),
    grant(
      'Output into a socket, such as the pipe of spawn(): which kind of socket, done with it',
      'getsockname getpeername getsockopt shutdown',
    ),
    pairs,
    grant('Descriptors it has, under another number; libuv does so with terminals', 'dup dup2 dup3'),
    grant(
      "Flags of descriptors; process.exit() restores the standard ones', and aborts if it can't",
      'fcntl',
      ...oneOf(1, F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC),
    ),
    grant(
      'Terminals: is it one, its width, its settings; descriptors: what is to be read, waiting, inheritance',
      'ioctl',
      ...oneOf(
        1,
        TCGETS,
        TCSETS,
        TCSETSW,
        TCSETSF,
        TIOCGWINSZ,
        TIOCGPTN,
        FIONREAD,
        FIONBIO,
        FIONCLEX,
        FIOCLEX,
      ),
    ),
    grant(
      'The event loop waits; which call it is depends on libuv, architecture and libc',
      `epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6`,
    ),
    grant(
      "V8's heap and malloc(3): take, move, describe and give back memory; V8 stops if it can't",
      'brk munmap mremap',
    ),
    grant('The same; not what takes pages away from the machine', 'madvise', ...advice),
    grant("Memory keys of x86 protect V8's code", 'pkey_alloc pkey_free'),
    grant('Locks between threads', 'futex set_robust_list membarrier rseq'),
    grant(
      "The same; its own list, not another process's, which tells where that has its memory",
      'get_robust_list',
      [is(0, 0n)],
    ),
    grant(
      'V8 and absl ask how a thread is scheduled, yield, and count processors',
      'sched_yield sched_getaffinity sched_getparam sched_getscheduler getcpu',
    ),
    grant(
      'Clocks and sleep where the kernel is asked for them',
      `clock_gettime clock_getres gettimeofday time times clock_nanosleep nanosleep`,
    ),
    grant(
      'Signals: handle, block, return from; go on after a stop',
      'rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack restart_syscall',
    ),
    grant('Random numbers; at EPERM OpenSSL asks for ever', 'getrandom'),
    grant(
      'Who am I: process, thread, user, group',
      `getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getpgid getpgrp getsid
       set_tid_address`,
    ),
    grant(
      'Facts: use of resources, current folder, version of the kernel (Node 24 stops without), memory of the machine',
      'getrusage getcwd uname sysinfo',
    ),
    grant(
      'What is taken off the permissions of files it makes; it never fails, so Node passes on any answer',
      'umask',
    ),
    grant('Its own limits, asked, not set', 'prlimit64', [is(0, 0n), is(2, 0n)]),
    grant('The same, the older way', 'getrlimit'),
    grant(
      'Names of threads and memory, no_new_privs, seccomp mode',
      'prctl',
      ...oneOf(
        0,
        PR_SET_NAME,
        PR_GET_NAME,
        PR_SET_VMA,
        PR_SET_NO_NEW_PRIVS,
        PR_GET_NO_NEW_PRIVS,
        PR_GET_SECCOMP,
      ),
    ),
    grant('To give up more later: another filter can only take away', 'seccomp'),
    grant('The end: of a thread, of the process', 'exit exit_group'),
  ],
}
