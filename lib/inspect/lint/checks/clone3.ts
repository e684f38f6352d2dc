import { actionOf, dataOf } from '../../../bpf/verdict.ts'
import { witness } from '../../../filter/prove/region.ts'
import { formatVerdict } from '../../../policy/format.ts'
import { errnoNumber } from '../../../syscalls/errno.ts'
import type { Check } from '../finding.ts'
import { cellsOf, extentOf, inUse, mayRun, openCall, positionsOf, reachable } from '../subject.ts'

/** glibc 2.34 and later (sysdeps/unix/sysv/linux/clone-internal.c) try clone3 first, and clone only after ENOSYS. */
export const clone3: Check = {
  name: 'clone3',
  finds: 'clone allowed without clone3 answering ENOSYS, or clone restricted with clone3 open',
  severity: 'error',
  attack:
    'The C library makes threads and processes by clone3 and falls back to clone only where the kernel answers ENOSYS: ' +
    'with another answer no thread starts.',
  remedy: 'Add a rule: clone3, SCMP_ACT_ERRNO, errnoRet 38 (ENOSYS).',
  *run(subject) {
    for (const arch of reachable(subject)) {
      const clone = extentOf(subject, arch, 'clone')
      if (clone === undefined || clone === 'never') continue
      const call = openCall(subject, arch, 'clone3')
      if (call) {
        if (clone === 'sometimes')
          yield {
            message: 'clone is allowed for some flags only, but clone3 for all',
            attack:
              'clone3 takes its flags behind a pointer, where no filter sees them: it makes the namespaces that the rule on clone forbids.',
            arch,
            call,
            positions: positionsOf(subject, call),
          }
        continue
      }
      if (!inUse(subject).includes(arch)) continue
      const refusal = cellsOf(subject.answers, arch, 'clone3').find(
        ({ verdict }) => !mayRun(verdict) && !isEnosys(verdict, arch),
      )
      if (!refusal) continue
      const refused = witness(refusal.region)
      yield {
        message: `clone is allowed, but clone3 gets ${formatVerdict(refusal.verdict, arch)}`,
        arch,
        call: refused,
        remedy: `Add a rule: clone3, SCMP_ACT_ERRNO, errnoRet ${errnoNumber('ENOSYS', arch)} (ENOSYS).`,
        positions: positionsOf(subject, refused),
      }
    }
  },
}

const isEnosys = (verdict: number, arch: Parameters<typeof errnoNumber>[1]): boolean =>
  actionOf(verdict) === 'ERRNO' && dataOf(verdict) === errnoNumber('ENOSYS', arch)
