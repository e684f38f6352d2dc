import { actionOf, dataOf, type Verdict } from '../../bpf/verdict.ts'
import { describeTarget, formatPosition, formatVerdict } from '../../policy/format.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { argumentNames } from '../../syscalls/arguments.ts'
import { formatArgument } from '../../syscalls/constants.ts'
import { errnoName } from '../../syscalls/errno.ts'
import { wrap } from '../wrap.ts'
import { isMade } from './made.ts'
import type { Advice, CallExplanation, Case } from './types.ts'
import { aboutWarnings } from './warning-words.ts'

/** How to print: `paint` colours a piece of text by what it is; default: none. */
export interface ExplanationStyle {
  readonly paint?: (text: string, what: 'heading' | 'good' | 'bad' | 'mixed') => string
}

/**
 * An explanation as text for people, on lines of at most 80 columns where words allow.
 * @example console.log(formatExplanation(explain('docker-default', 'unshare')))
 */
export const formatExplanation = (
  explanation: CallExplanation,
  { paint = plain }: ExplanationStyle = {},
): string => {
  const { policy, arch, verdict, cases, idle, changes, warnings, danger, advice } = explanation
  const colour = (value: Verdict | undefined, text: string): string =>
    paint(text, value === undefined ? 'mixed' : isMade(value) ? 'good' : 'bad')
  const verdictText = (value: Verdict | undefined): string =>
    value === undefined ? 'depends' : formatVerdict(value, arch)
  const section = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${paint(title, 'heading')}\n${lines.join('\n')}\n`
  /** A verdict in a column of its own, beside lines of words. */
  const beside = (value: Verdict | undefined, ...texts: readonly string[]): string => {
    const label = verdictText(value)
    const column = Math.max(WIDEST, label.length)
    const indent = ' '.repeat(column + 4)
    const [first, ...rest] = texts.filter((text) => text !== '')
    const lines = [
      wrap(words(first!), { indent, first: `  ${label.padEnd(column)}  ` }),
      ...rest.map((text) => wrap(words(text), { indent, first: indent })),
    ].join('\n')
    return `  ${colour(value, label)}${lines.slice(2 + label.length)}`
  }
  const paragraph = (text: string): string => wrap(words(text), { indent: '  ', first: '  ' })
  const rule = (each: Case): string => (each.rule?.comment ? `(${each.rule.comment})` : '')
  return [
    `${colour(verdict, verdict === undefined ? 'depends on its arguments' : verdictText(verdict))}\n\n`,
    `${wrap(words(headline(explanation)))}\n`,
    `${wrap(words(`target: ${describeTarget(policy)}`), { indent: '  ' })}\n`,
    cases.length === 1
      ? section('Decided by', [
          paragraph(`${cases[0]!.decidedBy} ${rule(cases[0]!)}`),
          ...(cases[0]!.words.length ? [paragraph(`because ${cases[0]!.words.join(' and ')}`)] : []),
        ])
      : section(
          'Cases, in the order they are tried',
          cases.map((each) => beside(each.verdict, when(each), `${each.decidedBy} ${rule(each)}`)),
        ),
    section(
      'Also named by, without effect',
      idle.map(({ rule: { comment }, verdict: value, position, reason, words: ways }) =>
        beside(
          value,
          `${formatPosition(position)} ${comment ? `(${comment})` : ''}`,
          `${reason}${ways.some((way) => way.length) ? `; it asks that ${ways.map((way) => way.join(' and ')).join(', or that ')}` : ''}`,
        ),
      ),
    ),
    section(
      'What would change it',
      changes.map(({ what, verdict: value, position }) =>
        beside(value, what, position ? formatPosition(position) : ''),
      ),
    ),
    section('Why it is dangerous', danger ? [paragraph(danger)] : []),
    section(isMade(verdict) ? 'If it fails all the same' : 'What to ask for', advice.map(adviceLines)),
    section('Warnings', aboutWarnings(warnings).map(paragraph)),
  ].join('')
}

/** The usual verdicts fit: ERRNO(EPERM), KILL_PROCESS. */
const WIDEST = 12

const plain = (text: string): string => text

const words = (text: string): string[] => text.split(' ').filter(Boolean)

const when = ({ by, conditions, words: all }: Case): string => {
  if (all.length) return `if ${all.join(' and ')}`
  return by === 'rule' && conditions.length === 0 ? 'always' : 'otherwise'
}

const adviceLines = ({ text, rule }: Advice): string =>
  [
    wrap(words(text), { indent: '    ', first: '  - ' }),
    ...(rule ? [wrap(jsonWords(rule), { indent: '      ', first: '    ' })] : []),
  ].join('\n')

/** JSON in pieces that stay on one line each: a member, a list's bracket, a condition. */
const jsonWords = (rule: object): string[] => {
  const members = Object.entries(rule).map(([key, value]) => `"${key}": ${spaced(value)}`)
  return members.flatMap((member, i) => [
    `${i === 0 ? '{ ' : ''}${member}${i === members.length - 1 ? ' }' : ','}`,
  ])
}

/** JSON on one line, with the spaces that people leave. */
const spaced = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([key, each]) => `"${key}": ${spaced(each)}`)
    .join(', ')} }`
}

const headline = ({ verdict, arch, number, syscall, args }: CallExplanation): string => {
  const list = args && syscall ? argumentList(syscall, args, arch) : ''
  const call = `${syscall ?? 'call number'}${syscall ? list : ` ${number}`} on ${arch}`
  return verdict === undefined
    ? `${call} gets what its arguments say.`
    : `${call} ${meaningOf(verdict, arch)}`
}

/** `(AF_VSOCK (40), 1, 0)`: as many as the call has, or as were given. */
const argumentList = (syscall: string, args: readonly bigint[], arch: ArchitectureName): string => {
  const names = argumentNames(syscall, arch)
  const count = Math.max(names.length, args.findLastIndex((value) => value !== 0n) + 1)
  return `(${args
    .slice(0, count)
    .map(
      (value, index) =>
        `${names[index] ? `${names[index]}=` : ''}${formatArgument(syscall, index, value, arch)}`,
    )
    .join(', ')})`
}

/** What the caller notices, as a sentence's end. */
export const meaningOf = (verdict: Verdict, arch: ArchitectureName): string => {
  const data = dataOf(verdict)
  switch (actionOf(verdict)) {
    case 'ALLOW':
      return 'is made.'
    case 'LOG':
      return 'is made, and logged.'
    case 'ERRNO': {
      const error = errnoName(data, arch) ?? `error ${data}`
      if (data === 0) return 'is skipped and seems to succeed.'
      if (error === 'EPERM') return 'fails with EPERM, "Operation not permitted".'
      return error === 'ENOSYS'
        ? 'fails with ENOSYS, as if this kernel had no such call.'
        : `fails with ${error}.`
    }
    case 'KILL_PROCESS':
      return 'kills the process (SIGSYS).'
    case 'KILL_THREAD':
      return 'kills the thread that makes it, and leaves the others waiting.'
    case 'TRAP':
      return 'is not made; the program gets SIGSYS, which it may handle.'
    case 'TRACE':
      return 'is left to a tracer; without one it fails with ENOSYS.'
    case 'NOTIFY':
      return 'is left to a supervisor; without one it fails with ENOSYS.'
  }
}
