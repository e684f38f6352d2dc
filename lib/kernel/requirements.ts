/** What a filter asks of the kernel, settled before it is installed and before anything runs under it. */
import { op, type Program } from '../bpf/instruction.ts'
import { actionSince, flagSince } from '../bpf/since.ts'
import { type Action, actionOf } from '../bpf/verdict.ts'
import type { FlagName } from '../profile/types.ts'
import { KernelError } from './errors.ts'
import { type KernelAnswers, kernelAnswers } from './support.ts'

export interface Requirements {
  readonly programs: readonly Program[]
  readonly flags: readonly FlagName[]
  /** Whether the filter comes with one, which answers the calls of SCMP_ACT_NOTIFY. */
  readonly listener?: boolean
}

/**
 * Nothing, when this kernel has every action and flag. What it can't be asked, for a filter in force answers in its
 * place, is left to the installation: the kernel refuses flags by itself, and each action is older than Node's own
 * minimum but NOTIFY.
 *
 * Actions must be asked for: a kernel takes a program with one it doesn't know, and kills who comes upon it
 * (kernel/seccomp.c, __seccomp_filter).
 * @throws KernelError ERR_KERNEL_UNSUPPORTED, which names the action or flag.
 */
export const requireSupport = (
  { programs, flags, listener = false }: Requirements,
  kernel: KernelAnswers = kernelAnswers,
): void => {
  if (kernel.filters() === false)
    throw unsupported('ENOSYS', 'this kernel has no seccomp filters (CONFIG_SECCOMP_FILTER)')
  for (const flag of flags) {
    if (kernel.flag(flag) === false)
      throw unsupported(
        'EINVAL',
        `this kernel lacks ${flag} (Linux ${flagSince[flag]}), a flag of the profile`,
      )
    if (flag === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' && !listener)
      throw unsupported('EINVAL', `the kernel takes ${flag} only together with a listener, and there is none`)
  }
  for (const action of new Set(programs.flatMap(actionsOf))) {
    if (kernel.action(action) === false)
      throw unsupported(
        'EOPNOTSUPP',
        `this kernel lacks the action ${action} (Linux ${actionSince[action]}) that the filter uses`,
      )
    // Without one the kernel answers such calls with ENOSYS (seccomp(2)), which isn't what the profile says.
    if (action === 'NOTIFY' && !listener)
      throw unsupported(
        'ENOSYS',
        'the profile hands calls to a supervisor (SCMP_ACT_NOTIFY), and there is none',
      )
  }
}

/** The actions that a program can return by name; a return of A, which no compiler here writes, isn't followed. */
export const actionsOf = (program: Program): readonly Action[] => [
  ...new Set(program.filter(({ code }) => code === op.RET_K).map(({ k }) => actionOf(k))),
]

const unsupported = (errno: string, message: string): KernelError =>
  new KernelError('seccomp', errno, `${message}; nothing was installed, and nothing was run`, {
    code: 'ERR_KERNEL_UNSUPPORTED',
  })
