import {
  AT_FDCWD,
  type Attempt,
  each,
  HIGH,
  NOBODY,
  NOWHERE,
  never,
  PARENT,
  unless,
} from './escape-attempt.ts'

/** Processes and programs: to start one, and to reach into, signal or steer another. */

/** clone(2) */
const [CLONE_FS, CLONE_SIGHAND, CLONE_PTRACE, CLONE_VFORK, CLONE_PARENT, CLONE_THREAD] = [
  0x200, 0x800, 0x2000, 0x4000, 0x8000, 0x1_0000,
]
const [CLONE_VM, CLONE_UNTRACED, CLONE_NEWNS] = [0x100, 0x80_0000, 0x2_0000]
/** CLONE_NEWCGROUP, UTS, IPC, USER, PID, NET. */
const namespaces = [0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]
/** kernel/fork.c, copy_process: EINVAL before anything is made. */
const impossible = CLONE_FS | CLONE_NEWNS
const aThread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD
const SIGCHLD = 17

const clones = [
  ...unless('spawn')(
    // Handlers without memory: EINVAL too.
    ['clone', CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0],
    ['clone', CLONE_SIGHAND | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0],
    ['clone', HIGH | BigInt(CLONE_SIGHAND | SIGCHLD), 0, 0, 0, 0],
  ),
  ...never(
    ...each([0, ...namespaces], (namespace) => ['clone', impossible | namespace | SIGCHLD, 0, 0, 0, 0]),
    ...each([0, ...namespaces], (namespace) => ['clone', impossible | namespace | aThread, 0, 0, 0, 0]),
    ...each([CLONE_PTRACE, CLONE_PARENT, CLONE_UNTRACED], (flag) => [
      'clone',
      flag | CLONE_SIGHAND | SIGCHLD,
      ...[0, 0, 0, 0],
    ]),
    // A thread without the handlers of the others.
    ['clone', CLONE_THREAD, 0, 0, 0, 0],
    ['clone', CLONE_THREAD | CLONE_VM, 0, 0, 0, 0],
    ['clone', HIGH | BigInt(CLONE_THREAD), 0, 0, 0, 0],
    ['clone3', NOWHERE, 88],
    ['clone3', NOWHERE, 64],
    ['clone3', 0, 0],
    ['clone3', NOWHERE, 1 << 20],
  ),
]

const AT_EMPTY_PATH = 0x1000
const programs = unless('spawn')(
  ['execve', NOWHERE, NOWHERE, NOWHERE],
  ['execve', '/proc/none/file', 0, 0],
  ['execveat', AT_FDCWD, '/proc/none/file', 0, 0, 0],
  // What memfd_create gave.
  ['execveat', -1, '', 0, 0, AT_EMPTY_PATH],
  ['execveat', -1, '', 0, 0, HIGH | BigInt(AT_EMPTY_PATH)],
  ['execveat', -1, '', 0, 0, 0x1_1000],
)

const signals = [
  // Signal 0 asks whether one might.
  ...unless('spawn')(
    ...each([PARENT, 1, 0, -1, NOBODY], (process) => ['kill', process, 0]),
    ['kill', NOBODY, 9],
    ['tgkill', NOBODY, NOBODY, 9],
    ['tgkill', PARENT, PARENT, 0],
    ['tkill', PARENT, 0],
    ['tkill', NOBODY, 9],
    ['wait4', -1, NOWHERE, 0xff_0000, 0],
    ['waitid', 99, 0, NOWHERE, 0, 0],
    ['setpgid', NOBODY, 0],
  ),
  ...never(
    ['rt_sigqueueinfo', PARENT, 0, NOWHERE],
    ['rt_sigqueueinfo', NOBODY, 9, NOWHERE],
    ['rt_tgsigqueueinfo', PARENT, PARENT, 0, NOWHERE],
    ['pidfd_open', PARENT, 0],
    ['pidfd_open', NOBODY, 0],
    ['pidfd_send_signal', -1, 9, 0, 0],
    ['pidfd_send_signal', -1, 0, NOWHERE, 0],
    ['pidfd_getfd', -1, 0, 0],
    ['pidfd_getfd', -1, 2, 0],
  ),
]

/** ptrace(2). SEIZE with an address fails; the others fail of a process that isn't traced. */
const [PTRACE_PEEKDATA, PTRACE_POKETEXT, PTRACE_POKEDATA, PTRACE_CONT, PTRACE_ATTACH] = [2, 4, 5, 7, 16]
const [PTRACE_SETREGSET, PTRACE_SEIZE, PTRACE_SECCOMP_GET_FILTER] = [0x4205, 0x4206, 0x420c]

const memory = never(
  ['ptrace', PTRACE_SEIZE, PARENT, 1, 0],
  ['ptrace', PTRACE_SEIZE, PARENT, 1, 0xffff],
  ['ptrace', HIGH | BigInt(PTRACE_SEIZE), PARENT, 1, 0],
  ['ptrace', PTRACE_ATTACH, NOBODY, 0, 0],
  ...each(
    [
      PTRACE_PEEKDATA,
      PTRACE_POKETEXT,
      PTRACE_POKEDATA,
      PTRACE_CONT,
      PTRACE_SETREGSET,
      PTRACE_SECCOMP_GET_FILTER,
    ],
    (request) => ['ptrace', request, PARENT, 1, 0],
  ),
  ['process_vm_readv', PARENT, NOWHERE, 1, NOWHERE, 1, 0],
  ['process_vm_readv', NOBODY, NOWHERE, 1, NOWHERE, 1, 0],
  ['process_vm_writev', PARENT, NOWHERE, 1, NOWHERE, 1, 0],
  ['process_vm_writev', NOBODY, NOWHERE, 1, NOWHERE, 1, 0],
  ['process_madvise', -1, NOWHERE, 1, 4, 0],
  ['process_mrelease', -1, 0],
  ['kcmp', PARENT, NOBODY, 0, 0, 0],
  ['kcmp', PARENT, PARENT, 99, 0, 0],
  // Where another process has its memory.
  ['get_robust_list', PARENT, NOWHERE, NOWHERE],
  ['get_robust_list', NOBODY, NOWHERE, NOWHERE],
  ['migrate_pages', NOBODY, 0, 0, 0],
  ['move_pages', NOBODY, 0, 0, 0, 0, 0],
)

const steering = [
  ...never(
    ['prlimit64', PARENT, 7, 0, NOWHERE],
    ['prlimit64', PARENT, 7, NOWHERE, 0],
    ['prlimit64', NOBODY, 7, 0, NOWHERE],
    ['sched_setaffinity', PARENT, 8, NOWHERE],
    ['sched_setaffinity', NOBODY, 0, 0],
    ['sched_setscheduler', NOBODY, 1, NOWHERE],
    ['sched_setparam', NOBODY, NOWHERE],
    ['sched_setattr', NOBODY, NOWHERE, 0],
    ['setpriority', 0, NOBODY, -20],
    ['ioprio_set', 99, PARENT, 0],
    ['mbind', 0, 0, 99, 0, 0, 0],
    ['set_mempolicy', 99, 0, 0],
  ),
  ...unless('startup')(
    ['prlimit64', 0, 7, NOWHERE, 0],
    ['setrlimit', 7, NOWHERE],
    ['arch_prctl', 0xffff, 0],
    ['arch_prctl', 0x1003, NOWHERE],
  ),
]

export const processes: readonly Attempt[] = [...clones, ...programs, ...signals, ...memory, ...steering]
