import { witness } from '../../../filter/prove/region.ts'
import { formatVerdict } from '../../../policy/format.ts'
import type { Check, Severity } from '../finding.ts'
import { cellsOf, mayRun, positionsOf } from '../subject.ts'

/** Calls that no program chooses to make, and what happens without. */
const essential: readonly (readonly [name: string, severity: Severity, without: string])[] = [
  ['exit_group', 'error', 'No process can end: the C library tries again and again, or crashes (_exit(2)).'],
  ['exit', 'error', 'No thread can end: pthread_exit crashes or loops.'],
  [
    'rt_sigreturn',
    'error',
    'The first signal handler that returns crashes the program: the kernel has it make this call (sigreturn(2)).',
  ],
  [
    'restart_syscall',
    'warning',
    'A sleep or wait that a stop or a debugger interrupts fails instead of going on: the kernel has the program make this call (restart_syscall(2)).',
  ],
  [
    'rseq',
    'warning',
    'The C library registers every thread (glibc 2.35 and later). Refused after the program has started, the next new thread ends the process.',
  ],
]

/** Only for the native architecture: where programs of another run, they are the exception. */
export const essentialCalls: Check = {
  name: 'essential-calls',
  finds: `${essential.map(([name]) => name).join(', ')} refused`,
  severity: 'error',
  attack: 'Programs break in ways that no error message explains.',
  remedy: 'Allow it: it gives a program nothing that it could misuse.',
  *run(subject) {
    for (const [name, severity, attack] of essential) {
      const cells = cellsOf(subject.answers, subject.arch, name)
      const [first] = cells
      if (!first || cells.some(({ verdict }) => mayRun(verdict))) continue
      const call = witness(first.region)
      yield {
        message: `${name} gets ${formatVerdict(first.verdict, subject.arch)}`,
        severity,
        attack,
        arch: subject.arch,
        call,
        positions: positionsOf(subject, call),
      }
    }
  },
}
