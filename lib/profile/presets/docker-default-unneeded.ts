import { always, type BlockedGroup, blocked, group } from './blocked-call.ts'

/**
 * The blocked calls that a sandbox can do without rather than must fear: what one architecture alone has, what newer
 * calls superseded, and numbers without a call. Each is still kernel code that a program could reach.
 */
export const unneededGroups: readonly BlockedGroup[] = [
  group(
    'Particular to one architecture',
    always({
      subpage_prot: 'sets protections finer than a page on POWER; rare code of the kernel',
      switch_endian: 'flips the byte order of the process on POWER',
      sys_debug_setcontext: 'restores a context with debug registers on POWER, for debuggers alone',
      usr26: 'switches to the 26-bit mode of Arm chips of the 1990s',
      usr32: 'switches back from the 26-bit mode of Arm chips of the 1990s',
      sysmips: 'gathers odd jobs of MIPS: caches, unaligned accesses, atomic exchange',
      cachectl: 'would set how pages are cached on MIPS; never written',
      get_tls: 'reads the thread pointer on Arm, which programs read from a register',
      atomic_barrier: "is a memory barrier for m68k, where containers don't run",
      atomic_cmpxchg_32: "is a compare-and-exchange for m68k, where containers don't run",
    }),
    blocked(
      { arches: ['arm', 'arm64'] },
      {
        cacheflush: "flushes processor caches; opened on Arm alone, where new code can't run without it",
      },
    ),
    blocked(
      { arches: ['arm', 'arm64', 'ppc64le'] },
      {
        sync_file_range2: 'flushes part of a file to disk, in an argument order that few architectures need',
      },
    ),
    blocked(
      { arches: ['ppc64le'] },
      { swapcontext: 'exchanges the whole context of a thread; opened only on little-endian POWER' },
    ),
  ),
  group(
    'Superseded: harmless, but no current program needs them, and each is kernel code less to reach',
    always({
      bdflush: 'tuned the writing of buffers; has done nothing since Linux 2.6',
      getpagesize: 'tells the size of a page; the C library knows it from its start-up data',
      nice: 'changes priority; setpriority replaced it',
      oldstat: 'is the first form of stat, with 16-bit numbers',
      oldlstat: 'is the first form of lstat, with 16-bit numbers',
      oldfstat: 'is the first form of fstat, with 16-bit numbers',
      oldolduname: 'is the first form of uname, with names of 8 characters',
      olduname: 'is the second form of uname, without the domain name',
      readdir: 'reads one directory entry; getdents replaced it',
      rseq_slice_yield: 'gives back processor time granted at need; newer than the profile',
      sgetmask: 'reads the mask of the first 32 signals; rt_sigprocmask replaced it',
      ssetmask: 'sets the mask of the first 32 signals; rt_sigprocmask replaced it',
      signal: 'sets a handler by the rules of System V; rt_sigaction replaced it',
      sigaction: 'sets a handler for one of 32 signals; rt_sigaction replaced it',
      sigpending: 'reads which of 32 signals wait; rt_sigpending replaced it',
      sigsuspend: 'waits for one of 32 signals; rt_sigsuspend replaced it',
    }),
  ),
  group(
    'Reserved: numbers that Linux holds for calls it never had',
    always({
      afs_syscall: 'is reserved for the Andrew file system',
      break: 'is reserved from early Unix',
      ftime: 'is reserved from early Unix; clock_gettime tells the time',
      getpmsg: 'is reserved for System V streams',
      gtty: 'is reserved from early Unix; ioctl reads terminal settings',
      idle: "was for the kernel's own idle process, until Linux 2.3",
      lock: 'is reserved from early Unix',
      mpx: 'is reserved from early Unix',
      multiplexer: 'is reserved on POWER, for nothing known',
      prof: 'is reserved from early Unix',
      profil: 'is reserved from early Unix',
      putpmsg: 'is reserved for System V streams',
      security: 'is reserved for a security module',
      stty: 'is reserved from early Unix; ioctl changes terminal settings',
      timerfd: 'was the first draft of timerfd_create, withdrawn',
      tuxcall: 'is reserved for a web server inside the kernel',
      ulimit: 'is reserved from early Unix; setrlimit sets limits',
      vserver: 'is reserved for Linux-VServer',
    }),
  ),
]
