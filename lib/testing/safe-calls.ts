/**
 * Calls that, whatever their arguments, change nothing but the throw-away process that makes them, as the superuser too:
 * they read, or act on its own memory, identity and descriptors, or end it. All others may do something to the machine.
 */
const names = `
  getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgid getpgrp getsid getpriority
  getrlimit ugetrlimit getrusage times uname sysinfo getcpu getrandom getcwd gettimeofday time clock_gettime
  clock_gettime64 clock_getres capget getitimer timer_gettime timer_getoverrun sched_getscheduler sched_getparam
  sched_getaffinity sched_getattr sched_get_priority_max sched_get_priority_min sched_rr_get_interval get_robust_list
  get_mempolicy get_thread_area ioprio_get kcmp process_vm_readv lookup_dcookie lsm_get_self_attr lsm_list_modules
  setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid personality umask arch_prctl chroot
  chdir fchdir setsid unshare setns setrlimit seccomp capset iopl ioperm modify_ldt
  brk mmap mmap2 mprotect munmap mremap mlock munlock mlock2 mlockall munlockall msync mincore memfd_create memfd_secret
  userfaultfd pkey_alloc pkey_free pkey_mprotect remap_file_pages membarrier mseal map_shadow_stack
  close close_range dup dup2 dup3 pipe pipe2 read write readv writev pread64 pwrite64 lseek poll ppoll select pselect6
  epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 inotify_init inotify_init1
  fanotify_init timerfd_create timerfd_gettime timerfd_settime signalfd signalfd4 ioctl io_setup io_destroy
  io_uring_setup perf_event_open pidfd_open pidfd_getfd
  socket socketpair bind connect listen accept accept4 getsockname getpeername setsockopt getsockopt shutdown sendto
  recvfrom sendmsg recvmsg sendmmsg recvmmsg
  stat lstat fstat stat64 lstat64 fstat64 newfstatat fstatat64 statx access faccessat faccessat2 readlink readlinkat
  statfs fstatfs getdents getdents64 name_to_handle_at cachestat listmount statmount open_tree fsopen fspick
  sched_yield nanosleep clock_nanosleep pause rt_sigsuspend rt_sigtimedwait rt_sigaction rt_sigprocmask rt_sigpending
  sigaltstack alarm setitimer futex wait4 waitid set_tid_address set_robust_list rseq restart_syscall
  exit exit_group landlock_create_ruleset landlock_add_rule landlock_restrict_self
  create_module get_kernel_syms query_module`

const safe: ReadonlySet<string> = new Set(names.split(/\s+/))

/** Whether a call may be made without asking what its arguments do. A number without a name is no such call. */
export const isSafe = (name: string | undefined): boolean => name !== undefined && safe.has(name)
