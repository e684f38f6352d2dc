/** What a program, or whoever starts it, can often do without a call that containers are denied. */

const ways: readonly (readonly [calls: string, instead: string])[] = [
  [
    'io_uring_setup io_uring_enter io_uring_register',
    'Most programs can do without io_uring and use epoll or threads; Node does so by itself (or set UV_USE_IO_URING=0).',
  ],
  [
    'clone3',
    'No action is needed as long as the answer is ENOSYS: C libraries then use clone. With EPERM, threads fail.',
  ],
  [
    'mount umount2 umount fsopen fsconfig fsmount move_mount open_tree',
    'Have the mount made from outside, before the program starts: docker run --volume, --tmpfs or --mount.',
  ],
  [
    'pivot_root chroot',
    'Start the program in the right root directory from the beginning, as an image does.',
  ],
  [
    'unshare setns',
    'Browsers make a sandbox of their own with it; where the container is the sandbox and what they load is trusted, --no-sandbox does without.',
  ],
  ['sethostname setdomainname', 'Set the name from outside: docker run --hostname.'],
  [
    'clock_settime clock_settime64 settimeofday stime',
    'Let the host keep the clock; for tests, libfaketime gives one process another time.',
  ],
  ['reboot', 'End the main process of the container; what restarts it is the engine.'],
  [
    'init_module finit_module delete_module',
    'Load the module on the host; a container that needs it is then a matter of devices and capabilities.',
  ],
  ['swapon swapoff', 'Configure swap on the host; docker run --memory-swap limits a container.'],
  ['syslog', 'Read the log on the host (dmesg, journalctl -k).'],
  [
    'add_key keyctl request_key',
    'Keep secrets in files or memory; Kerberos can cache tickets with FILE: instead of KEYRING:.',
  ],
  ['perf_event_open', 'Profile from the host, or sample within the program (node --cpu-prof).'],
  [
    'ptrace process_vm_readv process_vm_writev',
    'Attach the debugger from the host, or use the inspector of the runtime (node --inspect).',
  ],
  ['userfaultfd', 'CRIU and the live migration of virtual machines need it; few other programs do.'],
  ['bpf', 'Load programs from the host or from one trusted agent, and hand over what they measure.'],
  [
    'personality',
    'To turn address randomisation off for a debugger, start it outside, or go without (gdb only warns).',
  ],
  [
    'mbind set_mempolicy set_mempolicy_home_node get_mempolicy migrate_pages move_pages',
    'Bind the whole container instead: docker run --cpuset-mems.',
  ],
  [
    'quotactl quotactl_fd',
    'Set quotas on the host, or limit the size of the container: docker run --storage-opt.',
  ],
  ['fanotify_init', 'To watch files of its own, a program can use inotify.'],
  ['open_by_handle_at', 'Open files by their path.'],
  ['kexec_load kexec_file_load', 'Nothing in a container should; boot kernels from the host.'],
  ['acct', 'The cgroup of the container has its use of processor and memory.'],
]

let byCall: ReadonlyMap<string, string> | undefined

/** Advice to do without a call, as a sentence; undefined where there is none to give. */
export const insteadOf = (syscall: string): string | undefined => {
  byCall ??= new Map(ways.flatMap(([calls, text]) => calls.split(' ').map((name) => [name, text] as const)))
  return byCall.get(syscall)
}

/** What AF_VSOCK and other families of socket(2) are for, and what does as well: by the family's name. */
export const insteadOfFamily: ReadonlyMap<string, string> = new Map([
  ['AF_ALG', 'Use the ciphers of a library (OpenSSL, as node:crypto does) rather than the kernel.'],
  ['AF_VSOCK', 'Talk to the hypervisor from the host; inside, use TCP or a Unix socket.'],
])
