import type { Verdict } from '../../bpf/verdict.ts'
import { requireObject } from '../../given.ts'
import { describeTarget, formatPosition, formatVerdict } from '../../policy/format.ts'
import type { Rule } from '../../profile/types.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { formatCall } from '../call-text.ts'
import { beside, type ExplanationStyle, fill, fillJson } from './layout.ts'
import type { Advice, CallExplanation, Case, IdleRule } from './types.ts'
import { isMade, verdictWords } from './verdict-words.ts'
import { aboutWarnings } from './warning-words.ts'

/**
 * An explanation as text for people, on lines of at most 80 columns where words allow. The first line is the verdict.
 * @example console.log(formatExplanation(explain('docker-default', 'unshare', target)))
 */
export const formatExplanation = (
  explanation: CallExplanation,
  { paint = (text) => text }: ExplanationStyle = {},
): string => {
  requireObject('formatExplanation takes what explain() gives', explanation, 'cases')
  const { policy, arch, verdict, cases, idle, changes, warnings, danger, advice } = explanation
  const section = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${paint(title, 'heading')}\n${lines.join('\n')}\n`
  const colour = (value: Verdict | undefined, text: string): string =>
    paint(text, value === undefined ? 'mixed' : isMade(value) ? 'good' : 'bad')
  const labelOf = (value: Verdict | undefined): string =>
    value === undefined ? 'depends' : formatVerdict(value, arch)
  const column = Math.max(
    ...[...(cases.length > 1 ? cases : []), ...idle, ...changes].map((each) => labelOf(each.verdict).length),
  )
  const answer = (value: Verdict | undefined, ...texts: readonly string[]): string => {
    const label = labelOf(value)
    const lines = beside(label, column, ...texts)
    return `  ${colour(value, label)}${lines.slice(2 + label.length)}`
  }
  const title = verdict === undefined ? 'depends on its arguments' : formatVerdict(verdict, arch)
  const [only] = cases
  const decided =
    cases.length === 1
      ? section('Decided by', decidedBy(only!))
      : section(
          'Cases, in the order they are tried',
          cases.map((each) => answer(each.verdict, when(each), `${each.decidedBy} ${comment(each.rule)}`)),
        )
  return [
    `${colour(verdict, title)}\n\n${fill(headline(explanation))}\n`,
    `${fill(`target: ${describeTarget(policy)}`, '  ', '')}\n`,
    decided,
    section(
      'Also named by, without effect',
      idle.map((each) =>
        answer(each.verdict, `${formatPosition(each.position)} ${comment(each.rule)}`, whyIdle(each)),
      ),
    ),
    section(
      'What would change it',
      changes.map(({ what, verdict: value, position }) =>
        answer(value, what, position ? formatPosition(position) : ''),
      ),
    ),
    section('Why it is dangerous', danger ? [fill(danger, '  ')] : []),
    section(
      cases.every((each) => isMade(each.verdict)) ? 'If it fails all the same' : 'What to ask for',
      advice.map(adviceLines),
    ),
    section(
      'Warnings',
      aboutWarnings(warnings).map((text) => fill(text, '  ')),
    ),
  ].join('')
}

const headline = ({ verdict, arch, number, syscall, args }: CallExplanation): string => {
  const call = { arch: architecture(arch).audit, nr: number, args: args ?? [], instructionPointer: 0n }
  const text = `${args ? formatCall(call) : (syscall ?? `call number ${number}`)} on ${arch}`
  return verdict === undefined
    ? `${text} gets what its arguments say.`
    : `${text} ${verdictWords(verdict, arch)}`
}

const decidedBy = ({ decidedBy: by, rule, words }: Case): readonly string[] => [
  fill(`${by} ${comment(rule)}`, '  '),
  ...(words.length ? [fill(`because ${words.join(' and ')}`, '  ')] : []),
]

const when = ({ by, words }: Case): string => {
  if (words.length) return `if ${words.join(' and ')}`
  return by === 'rule' ? 'always' : 'otherwise'
}

const comment = (rule: Rule | undefined): string => (rule?.comment ? `(${rule.comment})` : '')

const whyIdle = ({ reason, words }: IdleRule): string =>
  words.some((way) => way.length)
    ? `${reason}; applies if ${words.map((way) => way.join(' and ')).join(', or if ')}`
    : reason

const adviceLines = ({ text, rule }: Advice): string =>
  [fill(text, '    ', '  - '), ...(rule ? [fillJson(rule, '    ')] : [])].join('\n')
