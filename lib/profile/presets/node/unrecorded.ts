import { frozen } from '../rules.ts'
import { type Grant, grant } from './promise.ts'

/**
 * Calls that promises allow although the recorder (x86_64, glibc) has never seen Node make them for a workload, and why:
 * the promises are for musl and aarch64 too, and for what people do beside. A test holds this list to the recordings.
 */
export const unrecorded: readonly Grant[] = frozen([
  grant('musl, or older libc, where glibc of today makes another call', 'open poll select pause fork'),
  grant(
    'aarch64 and other newer architectures, which have no older form of it',
    'faccessat readlinkat mkdirat linkat symlinkat unlinkat renameat renameat2 fchmodat fchownat ppoll pselect6',
  ),
  grant(
    'older libuv, and libraries that ask for less',
    'epoll_wait epoll_create pipe inotify_init accept getrlimit',
  ),
  grant(
    'newer libc and libuv, which some system will bring',
    'epoll_pwait2 faccessat2 fchmodat2 close_range',
  ),
  grant(
    'the kernel answers without a call (vDSO), but not on every virtual machine and under every tracer',
    'clock_gettime clock_getres gettimeofday time getcpu',
  ),
  grant('the kernel itself: a wait goes on after SIGSTOP and SIGCONT', 'restart_syscall'),
  grant(
    'malloc(3), musl and V8 under other conditions of memory',
    'mremap pkey_free pkey_mprotect membarrier get_robust_list',
  ),
  grant(
    'forms of reading and writing that depend on sizes and streams',
    'preadv2 pwritev2 dup sendfile fallocate truncate fstatfs fchdir',
  ),
  grant(
    'sleeping and signals in libraries and addons',
    'nanosleep times rt_sigpending sigaltstack getpeername',
  ),
  grant(
    'harmless questions of libraries and addons about the own process',
    'getresuid getresgid getpgid getpgrp getsid',
  ),
  grant('many datagrams at once: glibc for two questions of one name, and servers', 'sendmmsg recvmmsg'),
  grant('setting limits, where the soft one is below the hard one; older libc', 'setrlimit'),
  grant('a second filter, by this package', 'seccomp'),
  grant(
    'shells and tools that children run',
    `execveat waitid tkill setpgid alarm getitimer setitimer rt_sigsuspend rt_sigtimedwait flock mincore msync
     readahead sync_file_range memfd_create`,
  ),
])
