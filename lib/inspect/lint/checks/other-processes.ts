import type { Call } from '../../../bpf/data.ts'
import { kernelAtLeast } from '../../../policy/target.ts'
import type { ArchitectureName } from '../../../syscalls/architectures.ts'
import type { Check } from '../finding.ts'
import { constant, type LintSubject, list, openCall, positionsOf, reachable } from '../subject.ts'

/** The requests by which a tracer takes hold of a process that didn't ask for it (ptrace(2)). */
const requests = ['PTRACE_ATTACH', 'PTRACE_SEIZE']

export const otherProcesses: Check = {
  name: 'other-processes',
  finds:
    'ptrace, process_vm_readv, process_vm_writev or pidfd_getfd allowed; before Linux 4.8 a way past the filter',
  severity: 'error',
  attack:
    'The program reads and changes other processes of its user, which no filter holds back. (A container sees only its own processes.)',
  remedy:
    'Refuse them unless the program is a debugger, or keep other processes of the user out of its sight (a PID namespace, another user, kernel.yama.ptrace_scope).',
  *run(subject) {
    const bypass = subject.kernel && !kernelAtLeast(subject.kernel, { major: 4, minor: 8 })
    for (const arch of reachable(subject)) {
      const open = ways(subject, arch)
      const [first] = open
      if (!first) continue
      const traces = bypass && first.name === 'ptrace'
      yield {
        message: `${list(open.map(({ name }) => name))} ${open.length > 1 ? 'are' : 'is'} allowed`,
        severity: traces ? 'error' : 'warning',
        ...(traces && {
          attack:
            'Before Linux 4.8 a call passes the filter first and its tracer after: a tracer changes it to any other call, so the filter stops nothing.',
          remedy: 'Refuse ptrace on such kernels; Docker gates it with "includes": { "minKernel": "4.8" }.',
        }),
        arch,
        call: first.call,
        positions: positionsOf(subject, first.call),
      }
    }
  },
}

const ways = (subject: LintSubject, arch: ArchitectureName): { name: string; call: Call }[] => {
  const attach = requests.map((name) =>
    openCall(subject, arch, 'ptrace', { 0: constant('ptrace', 0, name, arch) }),
  )
  const calls: [string, Call | undefined][] = [
    ['ptrace', attach.find((call) => call)],
    ...['process_vm_readv', 'process_vm_writev', 'pidfd_getfd'].map((name): [string, Call | undefined] => [
      name,
      openCall(subject, arch, name),
    ]),
  ]
  return calls.flatMap(([name, call]) => (call ? [{ name, call }] : []))
}
