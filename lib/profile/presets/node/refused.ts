import { type Grant, grant } from './promise.ts'

/**
 * The error for a call that no promise allows, where that isn't EACCES, the default: what open, connect, execve, mmap and
 * others say by themselves of what is not permitted, and what Node then reports in the way programs expect. spawn()
 * throws at EPERM and gives an 'error' event at EACCES.
 */
export interface Refusal extends Grant {
  readonly errno: number
}

const refusal = (errno: number, why: string, names: string): Refusal => ({ errno, ...grant(why, names) })

const [EPERM, ENOSYS] = [1, 38]

export const refusals: readonly Refusal[] = [
  refusal(
    ENOSYS,
    'Its flags are behind a pointer, where no filter can read; libc falls back on clone',
    'clone3',
  ),
  refusal(
    ENOSYS,
    'What a ring does passes no filter; without rings libuv uses epoll and its pool',
    'io_uring_setup io_uring_enter io_uring_register',
  ),
  refusal(ENOSYS, 'Its flags are behind a pointer; callers fall back on openat', 'openat2'),
  refusal(ENOSYS, 'Callers fall back on closing one by one', 'close_range'),
  refusal(
    EPERM,
    'Signals to other processes, as kill(2) says of those of another user',
    'kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal',
  ),
  refusal(
    EPERM,
    'The memory and descriptors of other processes, as ptrace(2) says of those of another user',
    'ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp',
  ),
  refusal(
    EPERM,
    'Namespaces, mounts, the root directory: for the administrator, as the kernel itself would say',
    `unshare setns mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree
     mount_setattr`,
  ),
  refusal(
    EPERM,
    'The kernel and the machine: for the administrator',
    `bpf perf_event_open userfaultfd keyctl add_key request_key init_module finit_module delete_module
     kexec_load kexec_file_load reboot swapon swapoff syslog acct quotactl settimeofday clock_settime adjtimex
     clock_adjtime sethostname setdomainname iopl ioperm open_by_handle_at personality modify_ldt vhangup`,
  ),
  refusal(
    EPERM,
    'Other rights than it has',
    `setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset`,
  ),
]
