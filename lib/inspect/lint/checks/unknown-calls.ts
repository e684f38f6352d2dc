import { actionOf, strictness } from '../../../bpf/verdict.ts'
import { exactVerdict } from '../../../policy/rules.ts'
import { positionOf } from '../../../profile/positions.ts'
import { didYouMean } from '../../../profile/suggest.ts'
import { allSyscallNames, isKnownSyscall, linux } from '../../../syscalls/numbers.ts'
import type { Check } from '../finding.ts'

export const unknownCalls: Check = {
  name: 'unknown-calls',
  finds: 'names that no architecture has',
  severity: 'error',
  attack:
    'Container runtimes skip a name that they do not know, without a word: the call that was meant gets the default.',
  remedy: `Correct the name. Known are the calls of Linux up to ${linux}; a newer one can be written by its number, #1000.`,
  *run({ source }) {
    if (!source) return
    const fallback = exactVerdict(source.profile.defaultAction, source.profile.defaultErrnoRet)
    for (const rule of source.profile.syscalls) {
      const verdict = exactVerdict(rule.action, rule.errnoRet)
      const blocks = strictness(actionOf(verdict)) < strictness(actionOf(fallback))
      const position = positionOf(rule)
      for (const name of new Set(rule.names))
        if (!name.startsWith('#') && !isKnownSyscall(name))
          yield {
            message: `no architecture has a call ${name}${didYouMean(name, allSyscallNames())}${blocks ? '; the rule means to block it' : ''}`,
            severity: blocks ? 'error' : 'warning',
            positions: position ? [position] : [],
          }
    }
  },
}
