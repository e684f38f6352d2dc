import type { Profile, Rule } from '../types.ts'
import { architectural, personas, subArchitectures } from './container-rules.ts'
import { allowedGroups } from './docker-default-allowed.ts'
import { allow, argument, frozen, holding, native, refuse } from './rules.ts'

/**
 * Docker's default profile, written afresh: everything not named here answers EPERM. What is blocked, and why, is in
 * docker-default-blocked.ts; the test proves this profile equal in meaning to moby's own (profiles/seccomp).
 */

/** The namespace flags of clone(2), sched.h. CLONE_NEWTIME isn't among them: clone reads that bit as a signal. */
const CLONE_NEW_NAMESPACE =
  0x00020000n | // CLONE_NEWNS
  0x02000000n | // CLONE_NEWCGROUP
  0x04000000n | // CLONE_NEWUTS
  0x08000000n | // CLONE_NEWIPC
  0x10000000n | // CLONE_NEWUSER
  0x20000000n | // CLONE_NEWPID
  0x40000000n // CLONE_NEWNET

/** Address families that a container has no use for, socket(2). */
const AF_ALG = 38n
const AF_VSOCK = 40n

const ENOSYS = 38

const ungated = allowedGroups.map(
  ({ purpose, names }): Rule => ({ names, action: 'SCMP_ACT_ALLOW', args: [], comment: purpose }),
)

/** A rule's conditions are ANDed, so "neither of these two" takes three rules. */
const sockets = [
  allow('Address families below AF_ALG', 'socket', {}, argument(0, 'SCMP_CMP_LT', AF_ALG)),
  allow('The one between AF_ALG and AF_VSOCK', 'socket', {}, argument(0, 'SCMP_CMP_EQ', AF_ALG + 1n)),
  allow('Address families above AF_VSOCK', 'socket', {}, argument(0, 'SCMP_CMP_GT', AF_VSOCK)),
]

/** Before 4.8 the kernel ran filters first and ptrace second, so that a tracer could change a call once it had passed. */
const tracing = allow(
  'Debuggers, on kernels where a tracer can not get past a filter',
  'ptrace process_vm_readv process_vm_writev',
  { includes: { minKernel: '4.8' } },
)

/** A capability opens the calls that are of use only with it; the kernel's own checks still stand behind them. */
const privileged = [
  allow('Open a file by its handle, past directories', 'open_by_handle_at', holding('CAP_DAC_READ_SEARCH')),
  allow(
    'Namespaces, mounts, quotas, monitoring, names of the host',
    'clone clone3 unshare setns mount umount umount2 fsopen fsconfig fsmount fspick move_mount open_tree ' +
      'mount_setattr quotactl quotactl_fd fanotify_init bpf perf_event_open lookup_dcookie syslog ' +
      'lsm_get_self_attr lsm_set_self_attr lsm_list_modules sethostname setdomainname',
    holding('CAP_SYS_ADMIN'),
  ),
  allow('Restart the machine', 'reboot', holding('CAP_SYS_BOOT')),
  allow('Change the root directory', 'chroot', holding('CAP_SYS_CHROOT')),
  allow('Kernel modules', 'init_module finit_module delete_module', holding('CAP_SYS_MODULE')),
  allow('Process accounting', 'acct', holding('CAP_SYS_PACCT')),
  allow(
    'Look into and change other processes',
    'ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd',
    holding('CAP_SYS_PTRACE'),
  ),
  allow('Input and output ports', 'iopl ioperm', holding('CAP_SYS_RAWIO')),
  allow('Set the clock', 'settimeofday stime clock_settime clock_settime64', holding('CAP_SYS_TIME')),
  allow('Hang up a terminal', 'vhangup', holding('CAP_SYS_TTY_CONFIG')),
  allow(
    'Choose memory nodes',
    'get_mempolicy set_mempolicy set_mempolicy_home_node mbind',
    holding('CAP_SYS_NICE'),
  ),
  allow('Read the log of the kernel', 'syslog', holding('CAP_SYSLOG')),
  allow('Load BPF programs', 'bpf', holding('CAP_BPF')),
  allow('Measure performance', 'perf_event_open', holding('CAP_PERFMON')),
]

/** New processes, but no new namespaces. On s390 clone takes the stack first and the flags second, clone(2). */
const clones: readonly Rule[] = [
  allow(
    'Processes and threads without a namespace of their own',
    'clone',
    { excludes: { caps: ['CAP_SYS_ADMIN'], arches: ['s390', 's390x'] } },
    argument(0, 'SCMP_CMP_MASKED_EQ', CLONE_NEW_NAMESPACE),
  ),
  allow(
    'Processes and threads without a namespace of their own, flags second',
    'clone',
    { includes: { arches: ['s390', 's390x'] }, excludes: { caps: ['CAP_SYS_ADMIN'] } },
    argument(1, 'SCMP_CMP_MASKED_EQ', CLONE_NEW_NAMESPACE),
  ),
  refuse(
    ENOSYS,
    'Its flags are behind a pointer, where no filter can read; at ENOSYS the C library falls back on clone',
    'clone3',
    { excludes: { caps: ['CAP_SYS_ADMIN'] } },
  ),
]

/**
 * Docker's default profile (moby profiles/seccomp/default.json; the newest calls in it are Linux 6.13's), deeply frozen. Its gates
 * make it depend on architecture, kernel and capabilities: resolve it for a target to see what one process gets.
 *
 * @example
 * const filter = compile(dockerDefault, { capabilities: [] })
 */
export const dockerDefault: Profile = frozen({
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 1, // EPERM
  // The architectures whose programs a kernel also runs. All others: native calls only.
  archMap: [...subArchitectures, native('RISCV64'), native('LOONGARCH64')],
  syscalls: [...ungated, ...sockets, ...personas, tracing, ...architectural, ...privileged, ...clones],
})
