import type { Profile, Rule } from '../types.ts'
import { architectural, personas, subArchitectures } from './container-rules.ts'
import { allowedGroups } from './docker-default-allowed.ts'
import { allow, argument, frozen, holding, refuse, without, words } from './rules.ts'

/**
 * Podman's default profile, written afresh from what it means (containers/common pkg/seccomp). Unlike Docker's it
 * answers ENOSYS to what it doesn't name, so that programs turn to older calls, and EPERM to what it refuses by name.
 * It is also wider: mounts and namespaces are open to everybody, for rootless containers make containers of their own.
 */

const [EPERM, EINVAL] = [1, 22]

/** Newer than Podman's list, or refused in it by name. Docker's allows them. */
const notInPodman = new Set(
  words(`
    getxattrat setxattrat listxattrat removexattrat statmount listmount mseal riscv_hwprobe uretprobe
    vmsplice cachestat io_pgetevents io_pgetevents_time64 map_shadow_stack
    futex_wait futex_waitv futex_wake futex_requeue`),
)

const asDocker = allowedGroups.flatMap(({ purpose, names }) => {
  const kept = names.filter((name) => !notInPodman.has(name))
  return kept.length > 0 ? [allow(purpose, kept.join(' '))] : []
})

const beyondDocker = [
  allow('Processes, threads and namespaces of any kind', 'clone clone3 unshare setns'),
  allow(
    'Mounts, which the kernel grants to root of a namespace',
    'mount umount umount2 pivot_root mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick',
  ),
  allow(
    'Look into and change processes of the same user',
    'ptrace process_vm_readv process_vm_writev pidfd_getfd',
  ),
  allow('Choose memory nodes', 'get_mempolicy set_mempolicy mbind'),
  allow('Watch whole file systems', 'fanotify_init'),
  allow('Keys kept in the kernel', 'keyctl'),
  allow('Restart the machine, which in a PID namespace ends just that', 'reboot'),
  allow('Read the log of the kernel, which asks for CAP_SYSLOG', 'syslog'),
  allow('Signal handlers, the oldest way', 'signal'),
]

const refused = [
  refuse(EPERM, 'Another kernel to boot', 'kexec_file_load kexec_load'),
  refuse(EPERM, 'Move the memory of processes between nodes', 'migrate_pages move_pages'),
  refuse(EPERM, 'Page faults in the hands of a program, a help to exploits', 'userfaultfd'),
  refuse(EPERM, 'Swap space', 'swapoff swapon'),
  refuse(
    EPERM,
    'Newer calls that nobody has missed',
    `cachestat futex_requeue futex_wait futex_waitv futex_wake io_pgetevents io_pgetevents_time64
     map_shadow_stack vmsplice`,
  ),
  refuse(
    EPERM,
    'Calls of the past',
    `bdflush nfsservctl nice oldfstat oldlstat oldolduname oldstat olduname sgetmask ssetmask syscall
     sysfs uselib ustat vm86 vm86old pciconfig_iobase pciconfig_read pciconfig_write`,
  ),
]

/** For holders of `capability`; all others get EPERM, not the default's ENOSYS. */
const privileged = (capability: string, why: string, names: string): readonly Rule[] => [
  allow(why, names, holding(capability)),
  refuse(EPERM, `${why}: for holders of ${capability}`, names, without(capability)),
]

const capable = [
  ...privileged('CAP_DAC_READ_SEARCH', 'Open a file by its handle, past directories', 'open_by_handle_at'),
  ...privileged(
    'CAP_SYS_ADMIN',
    'Quotas, names of the host, profiling cookies',
    'lookup_dcookie quotactl quotactl_fd setdomainname sethostname',
  ),
  ...privileged('CAP_SYS_CHROOT', 'Change the root directory', 'chroot'),
  ...privileged('CAP_SYS_MODULE', 'Kernel modules', 'delete_module finit_module init_module query_module'),
  ...privileged('CAP_SYS_PACCT', 'Process accounting', 'acct'),
  ...privileged('CAP_SYS_PTRACE', 'Compare and advise other processes', 'kcmp process_madvise'),
  ...privileged('CAP_SYS_RAWIO', 'Input and output ports', 'ioperm iopl'),
  ...privileged('CAP_SYS_TIME', 'Set the clock', 'clock_settime clock_settime64 settimeofday stime'),
  ...privileged('CAP_SYS_TTY_CONFIG', 'Hang up a terminal', 'vhangup'),
]

/** Two capabilities open bpf. perf_event_open takes both, and with CAP_SYS_ADMIN alone it is ENOSYS: no rule is left. */
const monitoring = [
  allow('Load BPF programs', 'bpf', holding('CAP_SYS_ADMIN')),
  allow('Load BPF programs', 'bpf', holding('CAP_BPF')),
  refuse(EPERM, 'Load BPF programs: for holders of CAP_BPF', 'bpf', without('CAP_SYS_ADMIN', 'CAP_BPF')),
  allow('Measure performance', 'perf_event_open', holding('CAP_PERFMON', 'CAP_SYS_ADMIN')),
  refuse(
    EPERM,
    'Measure performance: for holders of CAP_PERFMON and CAP_SYS_ADMIN',
    'perf_event_open',
    without('CAP_SYS_ADMIN'),
  ),
]

/** socket(2), netlink(7). */
const [AF_NETLINK, NETLINK_AUDIT] = [16n, 9n]
const unaudited = without('CAP_AUDIT_WRITE')

/** Programs that log to the audit system take EINVAL for a kernel without it, and go on. */
const sockets = [
  refuse(
    EINVAL,
    'No audit system here',
    'socket',
    unaudited,
    argument(0, 'SCMP_CMP_EQ', AF_NETLINK),
    argument(2, 'SCMP_CMP_EQ', NETLINK_AUDIT),
  ),
  allow('Sockets of any kind', 'socket', holding('CAP_AUDIT_WRITE')),
  allow('Sockets of families but netlink', 'socket', unaudited, argument(0, 'SCMP_CMP_NE', AF_NETLINK)),
  allow('Netlink but for the audit system', 'socket', unaudited, argument(2, 'SCMP_CMP_NE', NETLINK_AUDIT)),
]

/**
 * Podman's default profile (containers/common pkg/seccomp/seccomp.json), deeply frozen. As Docker's, it depends on
 * architecture and capabilities.
 *
 * @example
 * const filter = compile(podmanDefault, { capabilities: [] })
 */
export const podmanDefault: Profile = frozen({
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 38, // ENOSYS
  archMap: subArchitectures,
  syscalls: [
    ...refused,
    ...asDocker,
    ...beyondDocker,
    ...personas,
    ...architectural,
    ...capable,
    ...monitoring,
    ...sockets,
  ],
})
