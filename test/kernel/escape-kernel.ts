import { AT_FDCWD, type Attempt, each, HIGH, NOWHERE, never, PARENT } from './escape-attempt.ts'

/** The kernel and the machine behind the filter; no promise of Node opens any of this. */

const rings = never(
  ['io_uring_setup', 1, NOWHERE],
  ['io_uring_setup', 8, NOWHERE],
  ['io_uring_setup', HIGH | 8n, NOWHERE],
  ['io_uring_setup', 0, 0],
  ['io_uring_enter', -1, 1, 0, 0, 0, 0],
  // IORING_ENTER_REGISTERED_RING, IORING_ENTER_EXT_ARG
  ['io_uring_enter', 0x7fff_ffff, 1, 1, 0x10, 0, 0],
  ['io_uring_enter', -1, 1, 1, 8, NOWHERE, 24],
  ...each([0, 2, 9, 20], (operation) => ['io_uring_register', -1, operation, NOWHERE, 1]),
  // IORING_REGISTER_USE_REGISTERED_RING
  ['io_uring_register', 0x7fff_ffff, 0x8000_0014, NOWHERE, 1],
)

/** CLONE_NEWTIME, NS, CGROUP, UTS, IPC, USER, PID, NET: namespaces(7). */
const namespaces = [
  0x80, 0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
] as const
const NO_SUCH_FLAG = 0x8000_0000

const mounts = never(
  ...each(namespaces, (namespace) => ['unshare', namespace + NO_SUCH_FLAG]),
  ['unshare', HIGH | BigInt(NO_SUCH_FLAG)],
  ...each(namespaces, (namespace) => ['setns', -1, namespace]),
  ['setns', -1, 0],
  ['mount', NOWHERE, NOWHERE, NOWHERE, 0, 0],
  ...each([0x1000, 0x1021, 0x4_4000, 0x2000], (flags) => ['mount', 0, NOWHERE, 0, flags, 0]),
  ['umount2', NOWHERE, 0],
  ['umount2', NOWHERE, 2],
  ['pivot_root', NOWHERE, NOWHERE],
  ['chroot', NOWHERE],
  ['chroot', '/proc/none/file'],
  ['fsopen', NOWHERE, 0],
  ['fsopen', NOWHERE, 1],
  ['fsconfig', -1, 6, 0, 0, 0],
  ['fsmount', -1, 0, 0],
  ['fspick', -1, NOWHERE, 0],
  ['move_mount', -1, NOWHERE, -1, NOWHERE, 0],
  ['open_tree', -1, NOWHERE, 0],
  ['open_tree', AT_FDCWD, NOWHERE, 0x8_0001],
  ['open_tree_attr', -1, NOWHERE, 0, NOWHERE, 32],
  ['mount_setattr', -1, NOWHERE, 0, NOWHERE, 32],
  ['statmount', NOWHERE, NOWHERE, 0, 0],
  ['listmount', NOWHERE, NOWHERE, 0, 0],
)

const programs = never(
  // BPF_MAP_CREATE, MAP_LOOKUP_ELEM, PROG_LOAD, OBJ_GET, PROG_ATTACH, PROG_GET_FD_BY_ID, BTF_LOAD, LINK_CREATE, none
  ...each([0, 1, 5, 7, 8, 13, 18, 28, 0xff], (command) => ['bpf', command, NOWHERE, 1]),
  ['bpf', HIGH | 5n, NOWHERE, 1],
  ['perf_event_open', NOWHERE, 0, -1, -1, 0],
  ['perf_event_open', NOWHERE, PARENT, -1, -1, 8],
  ['perf_event_open', NOWHERE, -1, 0, -1, 0],
  ['userfaultfd', 0xff],
  ['userfaultfd', 0xff01],
  ['init_module', NOWHERE, 0, NOWHERE],
  ['finit_module', -1, NOWHERE, 0],
  ['finit_module', -1, NOWHERE, 3],
  ['delete_module', NOWHERE, 0],
  ['create_module', NOWHERE, 0],
  ['query_module', NOWHERE, 0, 0, 0, 0],
  ['get_kernel_syms', NOWHERE],
  ['kexec_load', 0, 1, NOWHERE, 0xffff],
  ['kexec_file_load', -1, -1, 0, NOWHERE, 0xff],
)

const keys = never(
  // JOIN_SESSION_KEYRING, UPDATE, REVOKE, SETPERM, DESCRIBE, LINK, READ, DH_COMPUTE, none; of no key
  ...each([1, 2, 3, 5, 6, 8, 11, 23, 0xff], (operation) => ['keyctl', operation, NOWHERE, NOWHERE, 0, 0]),
  ['keyctl', HIGH | 11n, NOWHERE, NOWHERE, 0, 0],
  ['add_key', NOWHERE, NOWHERE, NOWHERE, 0, 0],
  ['add_key', NOWHERE, NOWHERE, 0, 0, -3],
  ['request_key', NOWHERE, NOWHERE, 0, 0],
)

const machine = never(
  // Magic numbers that are none.
  ['reboot', 0, 0, 0, 0],
  ['reboot', 0xfee1_dead, 0, 0x0123_4567, 0],
  ['swapon', NOWHERE, 0],
  ['swapoff', NOWHERE],
  ['acct', NOWHERE],
  ['quotactl', 0xffff_ff00, NOWHERE, 0, NOWHERE],
  ['quotactl_fd', -1, 0xffff_ff00, 0, NOWHERE],
  ['syslog', 0xff, NOWHERE, 1],
  ['syslog', 3, 0, 0],
  ['settimeofday', NOWHERE, NOWHERE],
  ['clock_settime', 0, NOWHERE],
  ['adjtimex', NOWHERE],
  ['clock_adjtime', 0, NOWHERE],
  ['sethostname', NOWHERE, -1],
  ['setdomainname', NOWHERE, -1],
  ['iopl', 4],
  ['ioperm', 0, 0, 1],
  ['modify_ldt', 1, NOWHERE, 0],
  ['modify_ldt', 0x11, NOWHERE, 0],
  ['sysfs', 99, 0, 0],
  ['ustat', 0, NOWHERE],
  ['_sysctl', NOWHERE],
  ['nfsservctl', 99, NOWHERE, NOWHERE],
  ['lookup_dcookie', 0, NOWHERE, 0],
)

const rights = never(
  ['setuid', -1],
  ['setgid', -1],
  ['setreuid', -1, -1],
  ['setregid', -1, -1],
  ['setresuid', -1, -1, -1],
  ['setresgid', -1, -1, -1],
  ['setfsuid', -1],
  ['setfsgid', -1],
  ['setgroups', 0x1_0001, NOWHERE],
  ['capset', NOWHERE, NOWHERE],
  // ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, the question, PER_LINUX32
  ...each([0x4_0000, 0x40_0000, 0xffff_ffff, 8], (persona) => ['personality', persona]),
  ['personality', HIGH | 0x40_0000n],
)

/** Memory and messages shared with whoever knows a number or a name. */
const exchange = never(
  ['shmget', 0, 0, 0],
  ['shmat', -1, 0, 0],
  ['shmctl', -1, 0, 0],
  ['semget', 0x7fff_ffff, -1, 0],
  ['semop', -1, NOWHERE, 1],
  ['semctl', -1, 0, 0, 0],
  ['msgget', 0x7fff_ffff, 0],
  ['msgsnd', -1, NOWHERE, 0, 0],
  ['msgrcv', -1, NOWHERE, 0, 0, 0],
  ['msgctl', -1, 0, 0],
  ['mq_open', NOWHERE, 0, 0, 0],
  ['mq_unlink', NOWHERE],
)

export const kernel: readonly Attempt[] = [
  ...rings,
  ...mounts,
  ...programs,
  ...keys,
  ...machine,
  ...rights,
  ...exchange,
]
