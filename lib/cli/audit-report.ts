import type { LearnedProfile } from '../audit/learn.ts'
import type { AuditCount, AuditFilter, AuditSummary } from '../audit/summary.ts'
import { printable } from '../errors.ts'

/** What `seccomp audit` says of what it read. */

/** `openat`, `x86 openat`, `#1008 on 0x5a`: as a table without other columns has it. */
export const callName = ({ name, number, arch, foreign }: AuditCount): string => {
  const where = foreign === undefined ? arch : `0x${foreign.toString(16)}`
  return `${name ?? `#${number}`}${where ? ` (${where})` : ''}`
}

/** Counts and names; architectures and answers where they differ. */
export const asTable = (counts: readonly AuditCount[]): string => {
  if (counts.length === 0) return ''
  const arches = counts.map(archText)
  const answers = counts.map(actionText)
  const differs = (column: readonly string[]): boolean => new Set(column).size > 1
  const rows = counts.map(({ calls, name, number }, i) => [
    `${calls}`,
    name ?? `#${number}`,
    ...(differs(arches) ? [arches[i]!] : []),
    ...(differs(answers) ? [answers[i]!] : []),
  ])
  const heading = [
    'calls',
    'name',
    ...(differs(arches) ? ['architecture'] : []),
    ...(differs(answers) ? ['answer'] : []),
  ]
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all
    .map((row) => {
      const cells = row.map((cell, i) => (i === 0 ? cell.padStart(widths[0]!) : cell.padEnd(widths[i]!)))
      return `${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}

const archText = ({ arch, foreign }: AuditCount): string =>
  arch ?? (foreign === undefined ? '' : `0x${foreign.toString(16)}`)

/** `LOG`, or with how often where there are several. */
const actionText = ({ actions }: AuditCount): string => {
  const given = Object.entries(actions)
  return given.map(([action, times]) => (given.length === 1 ? action : `${action} ${times}`)).join(', ')
}

/** The same for programs. */
export const asDocument = (
  summary: AuditSummary,
  counts: readonly AuditCount[],
  learned: LearnedProfile | undefined,
): object => ({
  lines: summary.lines,
  calls: summary.calls,
  garbled: summary.garbled,
  lost: { reports: summary.lossReports, lines: summary.lost },
  syscalls: counts.map(({ name, number, arch, foreign, calls, actions }) => ({
    name: name ?? null,
    number: number ?? null,
    architecture: arch ?? (foreign === undefined ? null : `0x${foreign.toString(16)}`),
    calls,
    actions,
  })),
  leftOut: { anonymous: summary.anonymous, others: summary.others() },
  ...(learned && {
    profile: {
      added: learned.added,
      conditional: learned.conditional,
      closed: learned.closed,
      unnamed: learned.unnamed,
    },
  }),
})

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

const MOST_NAMED = 5

/** What a reader of the table should know. */
export const summaryNotes = (summary: AuditSummary, filter: AuditFilter): string[] => {
  const notes = [`${plural(summary.calls, 'call', 'calls')} in ${plural(summary.lines, 'line', 'lines')}`]
  if (summary.lossReports)
    notes.push(
      `calls are missing: the kernel left out ${summary.lost ? `at least ${plural(summary.lost, 'record', 'records')}` : 'records'} ` +
        '(its log takes 10 in 5 seconds); auditd, or seccomp audit --follow as root, gets them all',
    )
  if (summary.anonymous)
    notes.push(
      `${plural(summary.anonymous, 'call', 'calls')} left out: their lines don't say whose they are (strace -f tells the ` +
        'pid, -Y the name)',
    )
  const others = summary.others()
  if (others.length) {
    const named = others.slice(0, MOST_NAMED).map(({ comm, calls }) => `${printable(comm)} (${calls})`)
    const more = others.length > MOST_NAMED ? ' and others' : ''
    notes.push(`left out, calls of ${named.join(', ')}${more}`)
    if (filter.comm && others.some(({ comm }) => CONTAINER_START.test(comm)))
      notes.push(
        "a container's profile holds for its start too, which runc:[2:INIT] or crun make: add --comm for it if it is to start",
      )
  }
  if (summary.unknownMode)
    notes.push('a process ran in 32-bit mode: name the machine with --arch, and its calls are counted apart')
  return notes
}

/** What runtimes call the process that becomes the container's. */
const CONTAINER_START = /^(?:runc:\[|crun\b|youki)/

/** What the writer of a profile should know. */
export const profileNotes = ({ added, conditional, unnamed, closed }: LearnedProfile): string[] => {
  const notes: string[] = []
  if (added.length)
    notes.push(`allowed besides, since programs need them: ${added.flatMap(({ names }) => names).join(', ')}`)
  if (conditional.length)
    notes.push(
      `seen, and left as the base has it, allowed for some arguments: ${conditional.join(', ')}; extend() opens them`,
    )
  if (unnamed.length)
    notes.push(
      `not in the profile, for no name is known: ${unnamed.map((call) => callName({ ...call, calls: 0, actions: {} })).join(', ')}; ` +
        '--arch says whose numbers they are',
    )
  if (closed.length) notes.push(`the base doesn't list ${closed.join(', ')}: calls of it stay forbidden`)
  return notes
}
