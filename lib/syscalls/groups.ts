/**
 * System calls by what they are about, each in exactly one group (the test holds that for every architecture's table).
 * The division is ours, after the man pages of section 2; a call that several groups could claim stands where somebody
 * who restricts a program would look for it.
 */

/** One group of calls. */
export interface SyscallGroup {
  /** A short word: `files`, `network`. */
  readonly name: string
  /** What its calls are about, for a heading. */
  readonly title: string
  /** Their names, as the kernel's tables have them. */
  readonly syscalls: readonly string[]
}

type Row = readonly [name: string, title: string, syscalls: string]

const rows: readonly Row[] = [
  [
    'files',
    'Files and directories',
    `access chdir chmod chown chown32 creat faccessat faccessat2 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32
    fchownat fgetxattr file_getattr file_setattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs
    fstatfs64 ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch
    inotify_init inotify_init1 inotify_rm_watch lchown lchown32 lgetxattr link linkat listxattr listxattrat llistxattr
    lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat oldfstat oldlstat
    oldstat open open_by_handle_at openat openat2 readdir readlink readlinkat removexattr removexattrat rename renameat
    renameat2 rmdir setxattr setxattrat stat stat64 statfs statfs64 statx symlink symlinkat truncate truncate64 umask
    unlink unlinkat ustat utime utimensat utimensat_time64 utimes fanotify_init fanotify_mark quotactl quotactl_fd`,
  ],
  [
    'io',
    'Reading, writing and waiting',
    `_llseek _newselect arm_fadvise64_64 arm_sync_file_range cachestat close close_range copy_file_range dup dup2 dup3
    epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
    eventfd2 fadvise64 fadvise64_64 fcntl fcntl64 fdatasync fsync io_cancel io_destroy io_getevents io_pgetevents
    io_pgetevents_time64 io_setup io_submit ioctl lseek pipe pipe2 poll ppoll ppoll_time64 pread64 preadv preadv2
    pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readv select sendfile sendfile64 splice sync
    sync_file_range sync_file_range2 syncfs tee vmsplice write writev`,
  ],
  ['io_uring', 'io_uring, which no filter sees into', 'io_uring_enter io_uring_register io_uring_setup'],
  [
    'network',
    'Network',
    `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
    send sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair`,
  ],
  [
    'processes',
    'Processes and threads',
    `clone clone3 execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake
    get_robust_list getpgid getpgrp getpid getppid getpriority getsid gettid ioprio_get ioprio_set membarrier nice
    pidfd_open prctl restart_syscall rseq rseq_slice_yield sched_get_priority_max sched_get_priority_min
    sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
    sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield set_robust_list set_tid_address
    setpgid setpriority setsid vfork wait4 waitid waitpid getcpu personality uselib get_thread_area set_thread_area
    arch_prctl`,
  ],
  [
    'signals',
    'Signals',
    `kill pause pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sgetmask sigaction sigaltstack signal signalfd signalfd4
    sigpending sigprocmask sigreturn sigsuspend ssetmask tgkill tkill`,
  ],
  [
    'identity',
    'Users, groups, capabilities, limits',
    `capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32
    getresuid getresuid32 getrlimit getrusage getuid getuid32 prlimit64 setfsgid setfsgid32 setfsuid setfsuid32 setgid
    setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32
    setrlimit setuid setuid32 ugetrlimit`,
  ],
  [
    'memory',
    'Memory',
    `brk get_mempolicy madvise map_shadow_stack mbind memfd_create memfd_secret migrate_pages mincore mlock mlock2
    mlockall mmap mmap2 move_pages mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free
    pkey_mprotect process_mrelease remap_file_pages set_mempolicy set_mempolicy_home_node userfaultfd`,
  ],
  [
    'time',
    'Clocks and timers',
    `adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
    clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 getitimer gettimeofday nanosleep setitimer
    settimeofday stime time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
    timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times`,
  ],
  [
    'ipc',
    'Queues, semaphores, shared memory',
    `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64
    mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  ],
  ['keys', 'Keyrings', 'add_key keyctl request_key'],
  [
    'namespaces',
    'Namespaces and mounts',
    `chroot fsconfig fsmount fsopen fspick listmount listns mount mount_setattr move_mount open_tree open_tree_attr
    pivot_root setdomainname sethostname setns statmount umount umount2 unshare`,
  ],
  [
    'tracing',
    'Looking into other processes',
    `kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace uprobe uretprobe`,
  ],
  [
    'sandbox',
    'Restricting oneself, security modules',
    `landlock_add_rule landlock_create_ruleset landlock_restrict_self lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr seccomp`,
  ],
  [
    'kernel',
    'Modules, bpf, perf, the running kernel',
    `_sysctl acct bpf create_module delete_module finit_module get_kernel_syms init_module kexec_file_load kexec_load
    lookup_dcookie nfsservctl perf_event_open query_module reboot swapoff swapon sysfs syslog vhangup`,
  ],
  ['information', 'System information, random numbers', 'getrandom olduname oldolduname sysinfo uname'],
  [
    'hardware',
    'Hardware, and what one architecture has',
    `atomic_barrier atomic_cmpxchg_32 breakpoint cachectl cacheflush get_tls getpagesize ioperm iopl modify_ldt
    pciconfig_iobase pciconfig_read pciconfig_write riscv_flush_icache riscv_hwprobe rtas s390_guarded_storage
    s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr s390_sthyi set_tls spu_create spu_run subpage_prot
    swapcontext switch_endian sys_debug_setcontext syscall sysmips usr26 usr32 vm86 vm86old`,
  ],
  [
    'unused',
    'Numbers without a call',
    `afs_syscall bdflush break ftime getpmsg gtty idle lock mpx multiplexer prof profil putpmsg security stty timerfd
    tuxcall ulimit vserver`,
  ],
]

let groups: readonly SyscallGroup[] | undefined
let byCall: ReadonlyMap<string, SyscallGroup> | undefined

/**
 * Every group, in the order of a summary.
 * @example syscallGroups().find(({ syscalls }) => syscalls.includes('mount')).name // 'namespaces'
 */
export const syscallGroups = (): readonly SyscallGroup[] => {
  groups ??= rows.map(([name, title, syscalls]) => ({ name, title, syscalls: syscalls.split(/\s+/) }))
  return groups
}

/**
 * The group of a call, or undefined for a name that no architecture has.
 * @example groupOf('connect')?.name // 'network'
 */
export const groupOf = (syscall: string): SyscallGroup | undefined => {
  byCall ??= new Map(syscallGroups().flatMap((group) => group.syscalls.map((name) => [name, group] as const)))
  return byCall.get(syscall)
}
