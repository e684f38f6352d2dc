import { type Attempt, each, HIGH, NOWHERE, never, PARENT, unless } from './escape-attempt.ts'

/** Calls of which a preset lets some forms through: prctl, ioctl, fcntl by their options, mmap and its kin by protection. */

/** Option and a first argument that it doesn't take, or that changes nothing. */
const processOptions = [
  [4, 77], // PR_SET_DUMPABLE
  [8, 77], // PR_SET_KEEPCAPS
  [22, 77], // PR_SET_SECCOMP, the old way
  [24, 999], // PR_CAPBSET_DROP
  [26, 77], // PR_SET_TSC
  [28, 1 << 20], // PR_SET_SECUREBITS
  [33, 77], // PR_MCE_KILL
  [35, 14], // PR_SET_MM, PR_SET_MM_MAP
  [35, 77],
  [36, 0], // PR_SET_CHILD_SUBREAPER
  [41, 0], // PR_SET_THP_DISABLE
  [47, 77], // PR_CAP_AMBIENT
  [53, 77], // PR_SET_SPECULATION_CTRL
  [55, -1], // PR_SET_TAGGED_ADDR_CTRL
  [57, 77], // PR_SET_IO_FLUSHER
  [59, 77], // PR_SET_SYSCALL_USER_DISPATCH
  [62, 77], // PR_SCHED_CORE
  [65, 0xff], // PR_SET_MDWE
  [0x5961_6d61, 0x7fff_ffff], // PR_SET_PTRACER
] as const

const process = [
  ...never(
    ...each(processOptions, ([option, value]) => ['prctl', option, value, NOWHERE, 1, 1]),
    ['prctl', HIGH | 35n, 77, NOWHERE, 1, 1],
    ['prctl', HIGH | 4n, 77, NOWHERE, 1, 1],
    // One that nobody has named yet.
    ['prctl', 0xffff, 0, 0, 0, 0],
  ),
  ...unless('spawn')(['prctl', 1, 77, 0, 0, 0], ['prctl', HIGH | 1n, 77, 0, 0, 0]),
]

/** ioctl_tty(2) and kin: what types into a terminal, takes it, or redirects it. */
const terminal = [0x5412, 0x541c, 0x540e, 0x541d, 0x5423, 0x5410, 0x5422, 0x5414, 0x5425, 0x4b3a, 0x5606]
const devices = [
  0x8914, // SIOCSIFFLAGS
  0x8916, // SIOCSIFADDR
  0x890b, // SIOCADDRT
  0x8946, // SIOCETHTOOL
  0x89a0, // SIOCBRADDBR
  0x400454ca, // TUNSETIFF
  0x40086602, // FS_IOC_SETFLAGS
  0x401c5820, // FS_IOC_FSSETXATTR
  0x4020940d, // FICLONERANGE
  0xc0189436, // FIDEDUPERANGE
  0xc0045877, // FIFREEZE
  0xc0185879, // FITRIM
  0x125f, // BLKRRPART
  0x1277, // BLKDISCARD
  0x4c00, // LOOP_SET_FD
  0xae01, // KVM_CREATE_VM
  0xaa00, // USERFAULTFD_IOC_NEW
  0xc018aa3f, // UFFDIO_API
  0xb701, // NS_GET_USERNS
  0xff01, // PIDFD_GET_CGROUP_NAMESPACE
  0x40042408, // PERF_EVENT_IOC_SET_BPF
  0xc0182103, // SECCOMP_IOCTL_NOTIF_ADDFD
  0xc0502100, // SECCOMP_IOCTL_NOTIF_RECV
  0x5452, // FIOASYNC
  0x8901, // FIOSETOWN
] as const

const descriptors = [
  ...never(
    ...each(terminal, (request) => ['ioctl', -1, request, NOWHERE]),
    // CVE-2019-10063: a filter compared 64 bits, the kernel takes 32.
    ...each([0x5412, 0x541c, 0x540e, 0x5423], (request) => ['ioctl', -1, HIGH | BigInt(request), NOWHERE]),
    ['ioctl', -1, -0x1_0000_0000n + 0x5412n, NOWHERE],
    ...each(devices, (request) => ['ioctl', -1, request, NOWHERE]),
    // F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ, F_ADD_SEALS, F_SET_RW_HINT
    ...each([8, 10, 15, 1024, 1026, 1031, 1033, 1036], (command) => ['fcntl', -1, command, PARENT]),
    ['fcntl', -1, HIGH | 8n, PARENT],
  ),
  ...unless('fsWrite')(
    ['ioctl', -1, 0x40049409, -1],
    ['ioctl', -1, HIGH | 0x40049409n, -1],
    ...each([6, 7, 37, 38], (command) => ['fcntl', -1, command, NOWHERE]),
    ['fcntl', -1, HIGH | 6n, NOWHERE],
  ),
]

/** mmap(2), shmat(2) */
const [PROT_READ, PROT_WRITE, PROT_EXEC, PROT_GROWSDOWN] = [1, 2, 4, 0x100_0000]
const [MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE, MAP_32BIT] = [1, 2, 3, 0x40]
const ANONYMOUS = 0x20
const executable = [PROT_EXEC, PROT_READ | PROT_EXEC, PROT_WRITE | PROT_EXEC, 7, 0xf, 0x7fff_ffff] as const

const forJitless = (rows: readonly Attempt[]): readonly Attempt[] =>
  rows.map((attempt) => ({ ...attempt, jitless: true }))

const memory = [
  ...forJitless([
    // Of no length.
    ...never(
      ...each(executable, (protection) => ['mprotect', 0, 0, protection]),
      ...each(executable, (protection) => ['mmap', 0, 0, protection, MAP_PRIVATE | ANONYMOUS, -1, 0]),
      ...each(executable, (protection) => ['pkey_mprotect', 0, 0, protection, -1]),
      ['mprotect', 0, 0, PROT_EXEC | PROT_GROWSDOWN],
      ['mprotect', 0, 0, HIGH | BigInt(PROT_EXEC)],
      ['mmap', 0, 0, HIGH | BigInt(PROT_EXEC), MAP_PRIVATE | ANONYMOUS, -1, 0],
      ['mmap', 0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE, -1, 0],
    ),
    // Of a file; a program that is started must map its libraries so.
    ...unless('startup')(
      ...each([MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE, MAP_PRIVATE | MAP_32BIT], (flags) => [
        'mmap',
        ...[0, 4096, PROT_READ | PROT_EXEC, flags, -1, 0],
      ]),
    ),
  ]),
  ...never(
    // MADV_HWPOISON, MADV_SOFT_OFFLINE, nothing yet; of no page.
    ...each([100, 101, 32, 104], (advice) => ['madvise', NOWHERE, 0, advice]),
    ['madvise', NOWHERE, 0, HIGH | 100n],
    ['shmat', -1, 0, 0o100000],
    ['remap_file_pages', NOWHERE, 0, PROT_EXEC, 0, 0],
    ['map_shadow_stack', NOWHERE, 0, 0xff],
  ),
]

export const options: readonly Attempt[] = [...process, ...descriptors, ...memory]
