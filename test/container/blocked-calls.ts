/**
 * The calls that Docker's seccomp documentation lists as blocked by its default profile, as data: how each is made so
 * that the kernel, if it ever saw the call, would refuse it for its arguments and change nothing.
 * The evidence is in the answer: EPERM under the profile, another errno under the same profile with another errno, and
 * the kernel's own refusal (EFAULT, EINVAL …) without a filter.
 */

/** One way to make one call. */
export interface BlockedCall {
  readonly name: string
  /** Tells rows of one name apart. */
  readonly variant?: string
  readonly args: readonly (number | bigint)[]
  /** Why these arguments are harmless even in an unfiltered process with every capability. */
  readonly harmless: string
  /** A kernel, some of them older ones, may want this capability before it looks at the arguments. */
  readonly capability?: string
}

/** Nothing is mapped at address 1. */
const BAD_POINTER = 1
const NO_DESCRIPTOR = -1n
/** Above the largest PID_MAX_LIMIT, 2^22. */
const NO_PROCESS = 0x7fffffff
const CLONE_SIGHAND = 0x800
const CLONE_PARENT = 0x8000
const CLONE_NEWUSER = 0x10000000

const namespaces = {
  CLONE_NEWNS: 0x00020000,
  CLONE_NEWCGROUP: 0x02000000,
  CLONE_NEWUTS: 0x04000000,
  CLONE_NEWIPC: 0x08000000,
  CLONE_NEWUSER,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
}

const removed = 'no kernel since 2.6 has it: ENOSYS'
const module = 'CAP_SYS_MODULE'

/** Every row of the documentation's table that today's default profile blocks for Docker's fourteen capabilities. */
export const blockedCalls: readonly BlockedCall[] = [
  {
    name: 'acct',
    args: [BAD_POINTER],
    harmless: 'no file name there: EFAULT (NULL would switch accounting off)',
    capability: 'CAP_SYS_PACCT',
  },
  {
    name: 'add_key',
    args: [BAD_POINTER, BAD_POINTER, BAD_POINTER, 0x7fffffff, 0],
    harmless: 'a payload above 1 MiB: EINVAL',
  },
  {
    name: 'bpf',
    args: [0xffff, BAD_POINTER, 0x100000],
    harmless: 'an attribute above a page: E2BIG; and no such command',
    capability: 'CAP_SYS_ADMIN',
  },
  { name: 'clock_settime', args: [1, BAD_POINTER], harmless: 'CLOCK_MONOTONIC is never set: EINVAL' },
  ...Object.entries(namespaces).map(([variant, flag]) => ({
    name: 'clone',
    variant,
    args: [flag | CLONE_SIGHAND],
    harmless: 'CLONE_SIGHAND without CLONE_VM: EINVAL',
  })),
  { name: 'create_module', args: [BAD_POINTER, 0], harmless: removed },
  {
    name: 'delete_module',
    args: [BAD_POINTER, 0x800],
    harmless: 'no name there: EFAULT',
    capability: module,
  },
  {
    name: 'finit_module',
    args: [NO_DESCRIPTOR, BAD_POINTER, 0x7fffffff],
    harmless: 'unknown flags: EINVAL; and no file',
    capability: module,
  },
  { name: 'get_kernel_syms', args: [BAD_POINTER], harmless: removed },
  { name: 'get_mempolicy', args: [0, 0, 0, 0, 0x7fffffff], harmless: 'only reads; unknown flags: EINVAL' },
  {
    name: 'init_module',
    args: [0, 0, BAD_POINTER],
    harmless: 'an empty module: ENOEXEC',
    capability: module,
  },
  { name: 'ioperm', args: [0x20000, 1, 1], harmless: 'there are 0x10000 ports: EINVAL' },
  { name: 'iopl', args: [4], harmless: 'the highest level is 3: EINVAL' },
  {
    name: 'kcmp',
    args: [NO_PROCESS, NO_PROCESS, 0xff, 0, 0],
    harmless: 'only compares; no such process: ESRCH',
  },
  {
    name: 'kexec_file_load',
    args: [NO_DESCRIPTOR, NO_DESCRIPTOR, 0, BAD_POINTER, 0x7fffffff],
    harmless: 'unknown flags: EINVAL; and no files',
    capability: 'CAP_SYS_BOOT',
  },
  {
    name: 'kexec_load',
    args: [0, 17, BAD_POINTER, 0],
    harmless: 'one segment above KEXEC_SEGMENT_MAX: EINVAL',
    capability: 'CAP_SYS_BOOT',
  },
  { name: 'keyctl', args: [0x7fffffff], harmless: 'no such operation: EOPNOTSUPP' },
  {
    name: 'lookup_dcookie',
    args: [-1n, BAD_POINTER, 0],
    harmless: 'only reads; no such cookie: EINVAL; gone since 6.7: ENOSYS',
    capability: 'CAP_SYS_ADMIN',
  },
  {
    name: 'mbind',
    args: [0, 0, 0x7fff, 0, 0, 0x7fffffff],
    harmless: 'no such mode: EINVAL; and an empty range',
  },
  { name: 'mount', args: [BAD_POINTER, BAD_POINTER, BAD_POINTER, 0, 0], harmless: 'no type there: EFAULT' },
  { name: 'move_pages', args: [0, 0, 0, 0, 0, 0xff], harmless: 'unknown flags: EINVAL; and no pages' },
  { name: 'nfsservctl', args: [0, BAD_POINTER, BAD_POINTER], harmless: 'gone since 3.1: ENOSYS' },
  {
    name: 'open_by_handle_at',
    args: [NO_DESCRIPTOR, BAD_POINTER, 0],
    harmless: 'no handle there: EFAULT',
    capability: 'CAP_DAC_READ_SEARCH',
  },
  {
    name: 'perf_event_open',
    args: [BAD_POINTER, 0, -1n, NO_DESCRIPTOR, 0xffff],
    harmless: 'unknown flags: EINVAL',
  },
  {
    name: 'personality',
    args: [0x10000000],
    harmless: 'sets a bit of this process that no kernel reads; no argument makes it fail',
  },
  {
    name: 'pivot_root',
    args: [BAD_POINTER, BAD_POINTER],
    harmless: 'no path there: EFAULT',
    capability: 'CAP_SYS_ADMIN',
  },
  { name: 'query_module', args: [BAD_POINTER, 0, BAD_POINTER, BAD_POINTER, BAD_POINTER], harmless: removed },
  { name: 'quotactl', args: [0xff, BAD_POINTER, 0, BAD_POINTER], harmless: 'no such quota type: EINVAL' },
  {
    name: 'reboot',
    args: [0, 0, 0, BAD_POINTER],
    harmless: 'neither magic number is right: EINVAL',
    capability: 'CAP_SYS_BOOT',
  },
  {
    name: 'request_key',
    args: [BAD_POINTER, BAD_POINTER, BAD_POINTER, 0],
    harmless: 'no type there: EFAULT',
  },
  { name: 'set_mempolicy', args: [0x7fff, BAD_POINTER, 0], harmless: 'no such mode: EINVAL' },
  { name: 'setns', args: [NO_DESCRIPTOR, 0], harmless: 'no such descriptor: EBADF' },
  { name: 'settimeofday', args: [BAD_POINTER, BAD_POINTER], harmless: 'no time there: EFAULT' },
  { name: 'stime', args: [BAD_POINTER], harmless: 'no time there: EFAULT' },
  { name: 'swapon', args: [BAD_POINTER, 0x7fffffff], harmless: 'unknown flags: EINVAL' },
  {
    name: 'swapoff',
    args: [BAD_POINTER],
    harmless: 'no file name there: EFAULT',
    capability: 'CAP_SYS_ADMIN',
  },
  { name: 'sysfs', args: [0x7fff, BAD_POINTER, BAD_POINTER], harmless: 'no such option: EINVAL' },
  {
    name: '_sysctl',
    args: [BAD_POINTER],
    harmless: 'gone since 5.5: ENOSYS; before, no arguments there: EFAULT',
  },
  { name: 'umount', args: [BAD_POINTER], harmless: 'no path there: EFAULT', capability: 'CAP_SYS_ADMIN' },
  { name: 'umount2', args: [BAD_POINTER, 0x40000000], harmless: 'unknown flags: EINVAL' },
  {
    name: 'unshare',
    args: [CLONE_NEWUSER | CLONE_PARENT],
    harmless: 'CLONE_PARENT is nothing to unshare: EINVAL',
  },
  { name: 'uselib', args: [BAD_POINTER], harmless: 'no path there: EFAULT; gone since 6.16: ENOSYS' },
  { name: 'userfaultfd', args: [0x40000001], harmless: 'unknown flags beside UFFD_USER_MODE_ONLY: EINVAL' },
  { name: 'ustat', args: [0xffffffff, BAD_POINTER], harmless: 'only reads; no such device: EINVAL' },
  { name: 'vm86', args: [0x7fff, BAD_POINTER], harmless: 'no state there: EFAULT; a 64-bit kernel: ENOSYS' },
  { name: 'vm86old', args: [BAD_POINTER], harmless: 'no state there: EFAULT; a 64-bit kernel: ENOSYS' },
]

/** Rows of the documentation's table that the default profile allows from 4.8 on, and blocks on older kernels. */
export const blockedBefore48: readonly BlockedCall[] = [
  {
    name: 'process_vm_readv',
    args: [NO_PROCESS, BAD_POINTER, 1, BAD_POINTER, 1, 1],
    harmless: 'no flags are defined: EINVAL; and no such process',
  },
  {
    name: 'process_vm_writev',
    args: [NO_PROCESS, BAD_POINTER, 1, BAD_POINTER, 1, 1],
    harmless: 'no flags are defined: EINVAL; and no such process',
  },
  { name: 'ptrace', args: [0x7fff, NO_PROCESS, 0, 0], harmless: 'no such process: ESRCH' },
]

/** Rows of the documentation's table that today's default profile allows to everybody, at least with these arguments. */
export const allowedToday: readonly BlockedCall[] = [
  {
    name: 'clock_adjtime',
    args: [0, BAD_POINTER],
    harmless: 'no settings there: EFAULT',
  },
  {
    name: 'name_to_handle_at',
    args: [NO_DESCRIPTOR, BAD_POINTER, BAD_POINTER, BAD_POINTER, 0x7fffffff],
    harmless: 'unknown flags: EINVAL',
  },
  { name: 'personality', variant: 'query', args: [0xffffffff], harmless: 'only reads' },
]

const SOCK_TYPE_UNKNOWN = 15
const unknownType = 'no socket type is 15: EINVAL'

/** Address families that the default profile refuses, after the escapes of 2022 and later. */
export const blockedSockets: readonly BlockedCall[] = [
  { name: 'socket', variant: 'AF_ALG', args: [38, SOCK_TYPE_UNKNOWN, 0], harmless: unknownType },
  { name: 'socket', variant: 'AF_VSOCK', args: [40, SOCK_TYPE_UNKNOWN, 0], harmless: unknownType },
]

/** The families on either side of them, which it allows. */
export const allowedSockets: readonly BlockedCall[] = [
  { name: 'socket', variant: 'AF_INET', args: [2, SOCK_TYPE_UNKNOWN, 0], harmless: unknownType },
  { name: 'socket', variant: 'AF_CAIF', args: [37, SOCK_TYPE_UNKNOWN, 0], harmless: unknownType },
  { name: 'socket', variant: 'AF_NFC', args: [39, SOCK_TYPE_UNKNOWN, 0], harmless: unknownType },
  { name: 'socket', variant: 'AF_KCM', args: [41, SOCK_TYPE_UNKNOWN, 0], harmless: unknownType },
]
