import { printable } from '../../errors.ts'
import { requireObject } from '../../given.ts'
import { formatPosition } from '../../policy/format.ts'
import { formatCall } from '../call-text.ts'
import { noPaint, type Paint } from '../paint.ts'
import { wrap } from '../wrap.ts'
import type { Finding, Severity } from './finding.ts'
import type { LintReport } from './lint.ts'

/**
 * A lint for people, in 80 columns: a paragraph for each finding, the worst first, and a line that counts them.
 * @param paint colours the severities
 * @example console.log(formatLint(lint(profile)))
 */
export const formatLint = (report: LintReport, paint: Paint = noPaint): string => {
  requireObject('formatLint takes what lint() gives', report, 'findings')
  const { findings, counts, minimumKernel } = report
  const kernel = minimumKernel
    ? `; needs Linux ${minimumKernel.kernel.major}.${minimumKernel.kernel.minor} or newer`
    : ''
  const total = (Object.keys(counts) as Severity[])
    .map((severity) => plural(counts[severity], severity))
    .join(', ')
  return `${findings.map((finding) => `${formatFinding(finding, paint)}\n`).join('')}${total}${kernel}\n`
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

const colours = { error: 'bad', warning: 'mixed', note: 'heading' } as const

const formatFinding = (finding: Finding, paint: Paint): string => {
  const { check, severity, message, attack, remedy, positions, architectures, call } = finding
  const where = architectures.length ? ` (${architectures.join(', ')})` : ''
  const head = paragraph(`${severity}: `, `${message}${where} [${check}]`)
  return [
    `${paint(severity, colours[severity])}${head.slice(severity.length)}`,
    ...positions.map((position) => paragraph('  at ', formatPosition(position))),
    ...(call ? [paragraph('  call ', formatCall(call))] : []),
    paragraph('  why ', attack),
    paragraph('  fix ', remedy),
    '',
  ].join('\n')
}

const paragraph = (label: string, text: string): string =>
  wrap(printable(text).split(' '), { first: label, indent: label.startsWith(' ') ? '      ' : '    ' })
