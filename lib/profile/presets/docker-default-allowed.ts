/**
 * The calls that Docker's default profile allows to every process, whatever its architecture, kernel, capabilities
 * and arguments, grouped by what a program wants them for. The 32-bit and `time64` variants stand beside the call
 * they vary, so that a newer variant is easily seen to be missing.
 */

/** Calls that serve one purpose. */
export interface CallGroup {
  /** What a program gets by them, one line. */
  readonly purpose: string
  /** Names as the kernel's tables have them. */
  readonly names: readonly string[]
}

const group = (purpose: string, names: string): CallGroup => ({ purpose, names: names.trim().split(/\s+/) })

/** Everything that is allowed without a gate and without a condition. */
export const allowedGroups: readonly CallGroup[] = [
  group(
    'Files: open, create, close',
    `open openat openat2 creat close close_range memfd_create name_to_handle_at`,
  ),
  group(
    'Files: read, write, seek, cut, copy',
    `read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek _llseek
     truncate truncate64 ftruncate ftruncate64 fallocate
     sendfile sendfile64 copy_file_range splice tee vmsplice
     readahead fadvise64 fadvise64_64 cachestat`,
  ),
  group('Files: flush to disk', `sync syncfs fsync fdatasync sync_file_range`),
  group(
    'Files: what is known of one',
    `stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 statx access faccessat faccessat2
     readlink readlinkat`,
  ),
  group(
    'Files: owner, mode, times',
    `chmod fchmod fchmodat fchmodat2 chown chown32 lchown lchown32 fchown fchown32 fchownat umask
     utime utimes futimesat utimensat utimensat_time64`,
  ),
  group(
    'Files: extended attributes',
    `getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat
     listxattr llistxattr flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat`,
  ),
  group(
    'Directories and names: walk, make, link, rename, remove',
    `chdir fchdir getcwd getdents getdents64 mkdir mkdirat rmdir mknod mknodat
     link linkat symlink symlinkat unlink unlinkat rename renameat renameat2`,
  ),
  group('Mounts: look, not touch', `statfs statfs64 fstatfs fstatfs64 statmount listmount`),
  group(
    'Changes to files: be told of them',
    `inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark`,
  ),
  group(
    'Descriptors: duplicate, configure, lock, talk to the driver',
    `dup dup2 dup3 fcntl fcntl64 flock ioctl`,
  ),
  group(
    'Descriptors: wait until one is ready',
    `select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl
     epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2`,
  ),
  group(
    'Asynchronous input and output, the old kind (io_uring is blocked)',
    `io_setup io_submit io_getevents io_pgetevents io_pgetevents_time64 io_cancel io_destroy`,
  ),
  group('Pipes and event counters', `pipe pipe2 eventfd eventfd2`),
  group(
    'Sockets; socketcall is how 32-bit programs reach them all, with arguments that no filter can read',
    `bind connect listen accept accept4 shutdown socketpair socketcall getsockname getpeername
     getsockopt setsockopt send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64`,
  ),
  group(
    'Message queues, semaphores, shared memory; ipc is how older 32-bit programs reach them all',
    `ipc msgget msgsnd msgrcv msgctl semget semop semtimedop semtimedop_time64 semctl shmget shmat shmdt shmctl
     mq_open mq_unlink mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64 mq_notify
     mq_getsetattr`,
  ),
  group(
    'Memory: map, protect, lock, advise',
    `brk mmap mmap2 munmap mremap remap_file_pages mprotect pkey_alloc pkey_free pkey_mprotect mseal
     madvise mincore msync mlock mlock2 mlockall munlock munlockall memfd_secret map_shadow_stack`,
  ),
  group(
    'Processes: start, end, wait for, point at (clone has rules of its own)',
    `fork vfork execve execveat exit exit_group wait4 waitid waitpid pidfd_open process_mrelease`,
  ),
  group(
    'Processes: who am I, who is my parent, which group and session',
    `getpid getppid gettid getpgid getpgrp setpgid getsid setsid`,
  ),
  group(
    'Users, groups and capabilities',
    `getuid getuid32 geteuid geteuid32 getresuid getresuid32 getgid getgid32 getegid getegid32
     getresgid getresgid32 getgroups getgroups32
     setuid setuid32 setreuid setreuid32 setresuid setresuid32 setfsuid setfsuid32
     setgid setgid32 setregid setregid32 setresgid setresgid32 setfsgid setfsgid32 setgroups setgroups32
     capget capset`,
  ),
  group(
    'Threads: locks, per-thread state, processor-wide barriers',
    `futex futex_time64 futex_wait futex_waitv futex_wake futex_requeue get_robust_list set_robust_list
     set_tid_address get_thread_area set_thread_area rseq membarrier getcpu`,
  ),
  group(
    'Scheduling: priority, policy, processors',
    `sched_yield getpriority setpriority ioprio_get ioprio_set sched_getaffinity sched_setaffinity
     sched_getattr sched_setattr sched_getparam sched_setparam sched_getscheduler sched_setscheduler
     sched_get_priority_max sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64`,
  ),
  group(
    'Signals: send, handle, wait for',
    `kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo rt_sigaction
     rt_sigprocmask sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
     rt_sigreturn sigreturn sigaltstack signalfd signalfd4 pause restart_syscall`,
  ),
  group(
    'Clocks: read; adjtimex and its kin also set, but the kernel asks for CAP_SYS_TIME then',
    `time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 times
     adjtimex clock_adjtime clock_adjtime64`,
  ),
  group(
    'Timers and sleep',
    `nanosleep clock_nanosleep clock_nanosleep_time64 alarm getitimer setitimer
     timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
     timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64`,
  ),
  group(
    'Limits, resource use, facts about the system',
    `getrlimit ugetrlimit setrlimit prlimit64 getrusage sysinfo uname getrandom riscv_hwprobe`,
  ),
  group(
    'Giving up rights for good, and other settings of this process',
    `seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self prctl`,
  ),
  group('Planted by the kernel itself where a return is traced', `uretprobe`),
]
