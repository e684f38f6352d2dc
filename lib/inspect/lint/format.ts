import { formatPosition } from '../../policy/format.ts'
import { formatCall } from '../call-text.ts'
import { wrap } from '../wrap.ts'
import type { Finding, Severity } from './finding.ts'
import type { LintReport } from './lint.ts'

/**
 * A lint for people, in 80 columns: a paragraph for each finding, the worst first, and a line that counts them.
 * @example console.log(formatLint(lint(profile)))
 */
export const formatLint = ({ findings, counts, minimumKernel }: LintReport): string => {
  const kernel = minimumKernel
    ? `; needs Linux ${minimumKernel.kernel.major}.${minimumKernel.kernel.minor} or newer`
    : ''
  const total = (Object.keys(counts) as Severity[])
    .map((severity) => plural(counts[severity], severity))
    .join(', ')
  return `${findings.map((finding) => `${formatFinding(finding)}\n`).join('')}${total}${kernel}\n`
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

const formatFinding = ({
  check,
  severity,
  message,
  attack,
  remedy,
  positions,
  architectures,
  call,
}: Finding): string =>
  [
    paragraph(
      `${severity}: `,
      `${message}${architectures.length ? ` (${architectures.join(', ')})` : ''} [${check}]`,
    ),
    ...positions.map((position) => paragraph('  at ', formatPosition(position))),
    ...(call ? [paragraph('  call ', formatCall(call))] : []),
    paragraph('  why ', attack),
    paragraph('  fix ', remedy),
    '',
  ].join('\n')

const paragraph = (label: string, text: string): string =>
  wrap(text.split(' '), { first: label, indent: label.startsWith(' ') ? '      ' : '    ' })
