import { ALLOW } from '../../bpf/verdict.ts'
import type { Finding } from './finding.ts'
import type { Refused } from './needs.ts'

const why =
  'a program that this process starts has the filter and no handler, and ends at its first denied call'
const remedies = ["refuse execve and execveat, or take onViolation: 'errno'"]

/** What trapping adds to what preflight knows. */
export const trapFindings = (refused: Refused): readonly Finding[] =>
  refused('execve') && refused('execveat')
    ? []
    : [
        {
          ...{ severity: 'possible', consequence: 'crash', syscall: 'execve' },
          ...{ verdict: ALLOW, position: undefined, why, remedies },
          message: `execve is allowed, and denied calls are trapped: ${why}; ${remedies.join(', or ')}`,
        },
      ]
