import { witness } from '../../../filter/prove/region.ts'
import { multiplexedBy } from '../../../policy/multiplex.ts'
import { positionOf } from '../../../profile/positions.ts'
import type { ArchitectureName } from '../../../syscalls/architectures.ts'
import type { Check, Problem } from '../finding.ts'
import {
  cellsOf,
  constant,
  extentOf,
  type LintSubject,
  list,
  openCall,
  positionsOf,
  reachable,
  runs,
} from '../subject.ts'

const behind = [
  'socket',
  'bind',
  'connect',
  'listen',
  'accept',
  'accept4',
  'socketpair',
  'sendto',
  'sendmsg',
  'sendmmsg',
  'recvfrom',
  'recvmsg',
  'recvmmsg',
  'setsockopt',
  'getsockopt',
  'shutdown',
]

/** Old 32-bit architectures have all socket calls behind one number, arguments in memory (socketcall(2)). */
export const socketcall: Check = {
  name: 'socketcall',
  finds: 'socketcall open beside rules on socket, connect and the like (x86 and other 32-bit architectures)',
  severity: 'error',
  attack:
    'A 32-bit program makes its socket calls through socketcall, whose arguments lie in memory where no filter sees them: ' +
    'it opens any kind of socket.',
  remedy:
    'Remove the architecture if no program needs it; else refuse socketcall with ENOSYS, so that programs make the calls directly.',
  *run(subject) {
    const problems = reachable(subject).flatMap((arch) => [...problemsOn(subject, arch)])
    yield* problems.length ? problems : elsewhere(subject)
  },
}

function* problemsOn(subject: LintSubject, arch: ArchitectureName): Generator<Problem> {
  const restricted = behind.filter((name) => (extentOf(subject, arch, name) ?? 'always') !== 'always')
  const reached = restricted.flatMap((name) => {
    const cells = cellsOf(subject.answers, arch, 'socketcall', { 0: multiplexedBy(name)!.call })
    const cell = cells.find(({ verdict }) => runs(verdict))
    return cell ? [{ name, call: witness(cell.region) }] : []
  })
  const [first] = reached
  if (!first) return
  yield {
    message:
      `${list(reached.map(({ name }) => name))} ${reached.length > 1 ? 'are' : 'is'} restricted, ` +
      'but socketcall makes the same calls whatever their arguments',
    severity: keepsNetworkIn(
      subject,
      arch,
      reached.map(({ name }) => name),
    )
      ? 'error'
      : 'warning',
    arch,
    call: first.call,
    positions: positionsOf(subject, first.call),
  }
}

const internet = ['AF_INET', 'AF_INET6']

/** Whether the rules keep a process from the network, or only from rare families as Docker's do. */
const keepsNetworkIn = (
  subject: LintSubject,
  arch: ArchitectureName,
  restricted: readonly string[],
): boolean =>
  restricted.some((name) => name !== 'socket') ||
  internet.some((name) => !openCall(subject, arch, 'socket', { 0: constant('socket', 0, name, arch) }))

/** On this target no such program can run, but the same profile may be used where one can. */
function* elsewhere(subject: LintSubject): Generator<Problem> {
  const rule = subject.source?.rules.find(
    ({ names, action, args }) => names.includes('socketcall') && action === 'SCMP_ACT_ALLOW' && !args.length,
  )
  const restricted = behind.filter((name) => (extentOf(subject, subject.arch, name) ?? 'always') !== 'always')
  if (!rule || restricted.length === 0) return
  const position = positionOf(rule)
  yield {
    severity: 'note',
    message: `${list(restricted)} ${restricted.length > 1 ? 'are' : 'is'} restricted and socketcall isn't: a way past on architectures that have it, none of which is open here`,
    positions: position ? [position] : [],
  }
}
