import type { Check } from '../finding.ts'
import { constant, list, openCall, positionsOf, reachable } from '../subject.ts'

const requests = ['TIOCSTI', 'TIOCLINUX']

/** TIOCSTI types a character into the terminal, TIOCLINUX pastes a selection (ioctl_tty(2), ioctl_console(2)). */
export const terminalInput: Check = {
  name: 'terminal-input',
  finds: 'ioctl with TIOCSTI or TIOCLINUX allowed',
  severity: 'warning',
  attack:
    'A program that shares a terminal with its caller types commands into it; the shell outside runs them when the program ends. (Docker gives a container a terminal of its own.)',
  remedy:
    'Refuse the two requests of ioctl on 32 bits (SCMP_CMP_MASKED_EQ, mask 4294967295); or give the program no terminal, or one of its own. On Linux 6.2 and later the sysctl dev.tty.legacy_tiocsti=0 helps against the first.',
  *run(subject) {
    for (const arch of reachable(subject)) {
      const open = requests.flatMap((name) => {
        const call = openCall(subject, arch, 'ioctl', { 1: constant('ioctl', 1, name, arch) })
        return call ? [{ name, call }] : []
      })
      const [first] = open
      if (first)
        yield {
          message: `ioctl is allowed with ${list(open.map(({ name }) => name))}`,
          arch,
          call: first.call,
          positions: positionsOf(subject, first.call),
        }
    }
  },
}
