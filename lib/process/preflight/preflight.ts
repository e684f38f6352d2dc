/** Whether a running Node would survive a filter, asked before anything is installed. */

import type { Filter } from '../../filter/compile.ts'
import { requireObject } from '../../given.ts'
import { formatPosition, formatVerdict } from '../../policy/format.ts'
import type { Policy } from '../../policy/policy.ts'
import { type Answer, type KnownArguments, outcomeOf, possibleAnswers } from './answers.ts'
import { type Finding, isFatal } from './finding.ts'
import { type Consequence, type Need, needs, type Refused } from './needs.ts'
import { readSituation, type Situation } from './situation.ts'

/**
 * What a filter would do to this running Node: an error number for the wrong call makes it abort or hang, where no
 * JavaScript can catch it. Reads the filter's policy and the process's situation; installs nothing.
 *
 * @param what a filter, a policy, or several that will be in force together
 * @param situation default: this process's
 * @param inForce policies that hold already: what they refuse needs no other means (no thread begins any more)
 * @returns fatal findings first; empty when nothing is known to go wrong. A call a program makes for itself (open a
 * file, connect) is no finding: its refusal is an ordinary JavaScript error.
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM without a situation, elsewhere than on Linux.
 * @example preflight(compile('docker-default')).filter(({ severity }) => severity === 'fatal')
 */
export const preflight = (
  what: Filter | Policy | readonly (Filter | Policy)[],
  situation: Situation = readSituation(),
  inForce: readonly Policy[] = [],
): readonly Finding[] => {
  const policies = [what].flat().map((each) => {
    requireObject('preflight takes filters or policies', each)
    const policy = 'policy' in each ? each.policy : each
    requireObject('preflight takes filters or policies', policy, 'architectures')
    return policy
  })
  const refused = refusedBy([...inForce, ...policies])
  const findings = policies.flatMap((policy) => [
    ...defaultFinding(policy),
    ...needs.filter(({ when }) => !when || when(situation, refused)).flatMap((need) => judge(need, policy)),
  ])
  return worstOfEach([...findings.filter(isFatal), ...findings.filter((finding) => !isFatal(finding))])
}

/** A call that is needed for two reasons is told of once. */
const worstOfEach = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ syscall }, index) => findings.findIndex((each) => each.syscall === syscall) === index)

/** Which calls Node makes depends on version, libc and load, so a default that kills finds one in the end. */
const defaultFinding = (policy: Policy): Finding[] => {
  const outcome = outcomeOf(policy.defaultVerdict, policy)
  if (outcome.kind !== 'kill') return []
  const hangs = outcome.action === 'KILL_THREAD'
  return [
    finding(policy, {
      severity: hangs ? 'fatal' : 'possible',
      syscall: undefined,
      answer: { verdict: policy.defaultVerdict, position: undefined },
      consequence: hangs ? 'hang' : 'crash',
      why: hangs
        ? 'Node waits for ever for a thread that the kernel ended'
        : 'Node, V8 and libc call more than the program does, on threads of their own',
      remedies: ['make the default SCMP_ACT_ERRNO'],
    }),
  ]
}

/** At most one finding a need: the worst that can happen. */
const judge = (need: Need, policy: Policy): Finding[] => {
  const forms = (need.forms ?? [{}]).map((known) => judgeForm(need, policy, known))
  const worst = forms.find((each) => each?.certain) ?? forms.find((each) => each !== undefined)
  if (!worst) return []
  const { certain, answer, consequence } = worst
  // To end at a call that Node can do without may be what a profile wants; to hang never is.
  const meant = need.refused === undefined && consequence === 'crash'
  return [
    finding(policy, {
      severity: certain && !meant ? 'fatal' : 'possible',
      syscall: need.syscall,
      answer,
      consequence,
      why: need.why,
      remedies: remediesFor(need),
    }),
  ]
}

interface Judged {
  /** Whatever the arguments that aren't known are. */
  readonly certain: boolean
  readonly answer: Answer
  readonly consequence: Consequence
}

const judgeForm = (need: Need, policy: Policy, known: KnownArguments): Judged | undefined => {
  const answers = possibleAnswers(policy, need.syscall, known)
  const harmful = answers.flatMap((answer) => {
    const consequence = consequenceOf(need, answer, policy)
    return consequence ? [{ answer, consequence }] : []
  })
  return harmful[0] && { certain: harmful.length === answers.length, ...harmful[0] }
}

const consequenceOf = (need: Need, { verdict }: Answer, policy: Policy): Consequence | undefined => {
  const outcome = outcomeOf(verdict, policy)
  if (outcome.kind === 'allowed') return undefined
  if (outcome.kind === 'errno') return need.tolerates?.includes(outcome.errno) ? undefined : need.refused
  return outcome.action === 'KILL_THREAD' ? 'hang' : 'crash'
}

/** What at least one of several policies in force together refuses. */
export const refusedBy =
  (policies: readonly Policy[]): Refused =>
  (syscall, known) =>
    policies.some((policy) =>
      possibleAnswers(policy, syscall, known).every(
        ({ verdict }) => outcomeOf(verdict, policy).kind !== 'allowed',
      ),
    )

const remediesFor = ({ syscall, tolerates, refused }: Need): readonly string[] => {
  if (refused === undefined) return [`give ${syscall} SCMP_ACT_ERRNO`, `allow ${syscall}`]
  if (tolerates?.includes('ENOSYS')) return [`give ${syscall} the errno ENOSYS`, `allow ${syscall}`]
  if (syscall === 'io_uring_enter')
    return ['start under the profile (no io_uring will be opened)', 'allow io_uring_enter']
  return [`allow ${syscall}`]
}

const consequenceWords: Record<Consequence, string> = { abort: 'aborts', hang: 'hangs', crash: 'crashes' }

const finding = (
  policy: Policy,
  { answer, ...parts }: Omit<Finding, 'verdict' | 'position' | 'message'> & { answer: Answer },
): Finding => {
  const { severity, syscall, consequence, why, remedies } = parts
  const { verdict, position } = answer
  const place = position ? ` (${formatPosition(position)})` : ''
  const subject = syscall ?? 'the default'
  const verb = severity === 'fatal' ? consequenceWords[consequence] : `may ${consequence}`
  return {
    ...parts,
    verdict,
    position,
    message: `${subject} gets ${formatVerdict(verdict, policy.target.arch)}${place}: Node ${verb}, for ${why}; ${remedies.join(', or ')}`,
  }
}
