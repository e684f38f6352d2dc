import { actionOf, dataOf } from '../../../bpf/verdict.ts'
import { witness } from '../../../filter/prove/region.ts'
import { formatVerdict } from '../../../policy/format.ts'
import type { ArchitectureName } from '../../../syscalls/architectures.ts'
import { errnoNumber } from '../../../syscalls/errno.ts'
import type { Check, Problem, Severity } from '../finding.ts'
import {
  type Cell,
  cellsOf,
  extentOf,
  inUse,
  type LintSubject,
  list,
  mayRun,
  positionsOf,
} from '../subject.ts'

/**
 * Newer calls that libraries try first, and what they make do with after ENOSYS. A warning where glibc and musl take
 * any other error for the answer (faccessat.c, fchmodat.c, the 64-bit times of 32-bit architectures), a note where some
 * programs do.
 */
const probes: readonly (readonly [Severity, string, readonly string[]])[] = [
  ['warning', 'faccessat2', ['faccessat']],
  ['warning', 'fchmodat2', ['fchmodat']],
  ['warning', 'statx', ['newfstatat', 'fstatat64', 'stat64', 'stat']],
  ['warning', 'clock_gettime64', ['clock_gettime']],
  ['warning', 'clock_nanosleep_time64', ['clock_nanosleep']],
  ['warning', 'futex_time64', ['futex']],
  ['warning', 'ppoll_time64', ['ppoll']],
  ['warning', 'pselect6_time64', ['pselect6']],
  ['warning', 'recvmmsg_time64', ['recvmmsg']],
  ['warning', 'utimensat_time64', ['utimensat']],
  ['warning', 'timerfd_settime64', ['timerfd_settime']],
  ['note', 'close_range', ['close']],
  ['note', 'openat2', ['openat']],
  ['note', 'epoll_pwait2', ['epoll_pwait']],
  ['note', 'execveat', ['execve']],
  ['note', 'preadv2', ['preadv']],
  ['note', 'pwritev2', ['pwritev']],
  ['note', 'renameat2', ['renameat']],
]

export const enosys: Check = {
  name: 'enosys',
  finds:
    'newer calls refused with EPERM or the like, where libraries fall back to an older call only after ENOSYS',
  severity: 'warning',
  attack:
    'The C library takes the error for the answer, and a program fails at what it may do: access() and chmod() of files it owns, times and waits of 32-bit programs.',
  remedy: 'Allow them, since the older calls are allowed; or refuse them with errnoRet 38 (ENOSYS).',
  *run(subject) {
    for (const arch of inUse(subject))
      for (const severity of ['warning', 'note'] as const) {
        const refused = probes.flatMap(([how, name, older]) => {
          const cell = how === severity ? refusal(subject, arch, name, older) : undefined
          return cell ? [{ name, cell }] : []
        })
        if (refused.length) yield problem(subject, arch, severity, refused)
      }
  },
}

const refusal = (
  subject: LintSubject,
  arch: ArchitectureName,
  name: string,
  older: readonly string[],
): Cell | undefined => {
  const cells = cellsOf(subject.answers, arch, name)
  if (cells.some(({ verdict }) => mayRun(verdict))) return undefined
  if (!older.some((each) => (extentOf(subject, arch, each) ?? 'never') !== 'never')) return undefined
  return cells.find(
    ({ verdict }) => actionOf(verdict) === 'ERRNO' && dataOf(verdict) !== errnoNumber('ENOSYS', arch),
  )
}

const problem = (
  subject: LintSubject,
  arch: ArchitectureName,
  severity: Severity,
  refused: readonly { readonly name: string; readonly cell: Cell }[],
): Problem => {
  const { cell } = refused[0]!
  const call = witness(cell.region)
  const verb = refused.length > 1 ? 'get' : 'gets'
  return {
    message: `${list(refused.map(({ name }) => name))} ${verb} ${formatVerdict(cell.verdict, arch)}, though what ${refused.length > 1 ? 'they replace' : 'it replaces'} is allowed`,
    severity,
    ...(severity === 'note' && {
      attack:
        'Programs that try these first may take the error for the answer instead of using the older call.',
    }),
    remedy: `Allow them, since the older calls are allowed; or refuse them with errnoRet ${errnoNumber('ENOSYS', arch)} (ENOSYS).`,
    arch,
    call,
    positions: positionsOf(subject, call),
  }
}
