import type { Condition, Gate, OperatorName, Profile, Rule } from '../types.ts'
import { allowedGroups } from './docker-default-allowed.ts'

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

/** Personas of personality(2). All else can switch off the protections of memory, or is an emulation of old. */
const PER_LINUX = 0n
const PER_LINUX32 = 8n
const UNAME26 = 0x20000n
const QUERY = 0xffffffffn

const ENOSYS = 38

const argument = (index: number, op: OperatorName, value: bigint, valueTwo = 0n): Condition => ({
  index,
  op,
  value,
  valueTwo,
})

interface Gates {
  readonly includes?: Gate
  readonly excludes?: Gate
}

/** One rule: `names` (words) pass, for `why`, if the gates let the rule stand and all of `args` hold. */
const allow = (why: string, names: string, gates: Gates = {}, ...args: readonly Condition[]): Rule => ({
  names: names.split(' '),
  action: 'SCMP_ACT_ALLOW',
  args,
  comment: why,
  ...gates,
})

const on = (...arches: readonly string[]): Gates => ({ includes: { arches } })
const holding = (capability: string): Gates => ({ includes: { caps: [capability] } })

const ungated = allowedGroups.map(
  ({ purpose, names }): Rule => ({ names, action: 'SCMP_ACT_ALLOW', args: [], comment: purpose }),
)

/** A rule's conditions are ANDed, so "neither of these two" takes three rules. */
const sockets = [
  allow('Address families below AF_ALG', 'socket', {}, argument(0, 'SCMP_CMP_LT', AF_ALG)),
  allow('The one between AF_ALG and AF_VSOCK', 'socket', {}, argument(0, 'SCMP_CMP_EQ', AF_ALG + 1n)),
  allow('Address families above AF_VSOCK', 'socket', {}, argument(0, 'SCMP_CMP_GT', AF_VSOCK)),
]

const personas = [PER_LINUX, PER_LINUX32, UNAME26, UNAME26 | PER_LINUX32, QUERY].map((persona) =>
  allow(
    'A plain Linux persona, 32-bit or reporting itself as 2.6, or the question which one it is',
    'personality',
    {},
    argument(0, 'SCMP_CMP_EQ', persona),
  ),
)

/** Before 4.8 the kernel ran filters first and ptrace second, so that a tracer could change a call once it had passed. */
const tracing = allow(
  'Debuggers, on kernels where a tracer can not get past a filter',
  'ptrace process_vm_readv process_vm_writev',
  { includes: { minKernel: '4.8' } },
)

const architectural = [
  allow('x86: thread pointer and CPU features', 'arch_prctl', on('amd64', 'x32')),
  allow('x86: segments, for Wine and old programs', 'modify_ldt', on('amd64', 'x32', 'x86')),
  allow(
    'Arm: own argument order for 64-bit values, and private calls of the C library',
    'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
    on('arm', 'arm64'),
  ),
  allow('POWER: own argument order; user contexts', 'sync_file_range2 swapcontext', on('ppc64le')),
  allow(
    'IBM Z: PCI from user space, runtime instrumentation',
    's390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr',
    on('s390', 's390x'),
  ),
  allow('RISC-V: make new code visible to all harts', 'riscv_flush_icache', on('riscv64')),
]

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
  {
    names: ['clone3'],
    action: 'SCMP_ACT_ERRNO',
    errnoRet: ENOSYS,
    args: [],
    comment:
      'Its flags are behind a pointer, where no filter can read; at ENOSYS the C library falls back on clone',
    excludes: { caps: ['CAP_SYS_ADMIN'] },
  },
]

const native = (architecture: string, ...subArchitectures: readonly string[]) => ({
  architecture: `SCMP_ARCH_${architecture}`,
  subArchitectures: subArchitectures.map((name) => `SCMP_ARCH_${name}`),
})

/** Shared by all who load the preset, so nobody may change it: that would widen everyone's sandbox. */
const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(Object.freeze(value)).forEach(frozen)
  }
  return value
}

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
  archMap: [
    native('X86_64', 'X86', 'X32'),
    native('AARCH64', 'ARM'),
    native('MIPS64', 'MIPS', 'MIPS64N32'),
    native('MIPS64N32', 'MIPS', 'MIPS64'),
    native('MIPSEL64', 'MIPSEL', 'MIPSEL64N32'),
    native('MIPSEL64N32', 'MIPSEL', 'MIPSEL64'),
    native('S390X', 'S390'),
    native('RISCV64'),
    native('LOONGARCH64'),
  ],
  syscalls: [...ungated, ...sockets, ...personas, tracing, ...architectural, ...privileged, ...clones],
})
