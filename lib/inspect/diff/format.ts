import { printable } from '../../errors.ts'
import type { Range } from '../../filter/prove/ranges.ts'
import { requireList, requireObject } from '../../given.ts'
import { formatPosition, formatVerdict } from '../../policy/format.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { formatCall } from '../call-text.ts'
import { type Decision, formatDefault } from '../decision.ts'
import { noPaint, type Paint } from '../paint.ts'
import { wrap } from '../wrap.ts'
import type { Diff, Difference, Gap } from './diff.ts'
import { formatAudit, formatNumbers, isEveryNumber } from './numbers.ts'

/** How to print a diff. */
export interface DiffStyle {
  /** The target, for the summary. */
  readonly about?: string
  readonly paint?: Paint
}

/**
 * A diff for people, as unified diffs look: under each call or group of calls what it got (`-`) and gets (`+`), and
 * why. Calls that changed alike share one entry. The data have each on its own.
 * @param names what the two sides are called
 * @example console.log(formatDiff(diff(old, profile), ['old.json', 'profile.json']))
 */
export const formatDiff = (
  diff: Diff,
  names: readonly [string, string],
  { about, paint = noPaint }: DiffStyle = {},
): string => {
  requireObject('formatDiff takes what diff() gives', diff, 'differences')
  requireList('formatDiff takes the names of both sides', names)
  const summary = [summaryOf(diff), ...(about ? [`(${about})`] : [])]
  const heads = diff.result === 'different' ? [`--- ${names[0]}`, `+++ ${names[1]}`] : []
  const closed = closedArchitectures(diff.differences)
  const open = diff.differences.filter(({ arch }) => !closed.has(arch))
  const entries = [...entriesOf(open).map(formatEntry), ...[...closed.values()].map(formatClosed)]
  const remarks = [
    ...flagRemarks(diff),
    ...diff.gaps.map((gap) => formatGap(gap, names)),
    ...gatedRemarks(diff, names),
  ]
  const blocks = [[...heads, ...summary].join('\n'), ...entries, ...remarks]
  const lines = blocks.join('\n\n').split('\n').map(printable)
  return `${lines.map((line) => paintLine(line, paint)).join('\n')}\n`
}

const paintLine = (line: string, paint: Paint): string => {
  if (line.startsWith('--- ') || line.startsWith('+++ ')) return paint(line, 'heading')
  if (line.startsWith('- ')) return paint(line, 'bad')
  return line.startsWith('+ ') ? paint(line, 'good') : line
}

const summaryOf = ({ result, differences }: Diff): string => {
  if (result === 'same') return 'same: every call gets the same verdict'
  if (result === 'undecided') return 'undecided: no difference was found, but not all could be compared'
  const calls = new Set(differences.flatMap(({ arch, name }) => (name ? [`${arch} ${name}`] : []))).size
  const others = differences.some(({ name }) => !name) ? ['numbers without a name'] : []
  return `different: ${[...count(calls), ...others].join(', and ')}`
}

const count = (calls: number): string[] => (calls === 0 ? [] : [calls === 1 ? '1 call' : `${calls} calls`])

const flagRemarks = ({ policies: [before, after] }: Diff): string[] => {
  if (!before || !after || before.flags.toSorted().join() === after.flags.toSorted().join()) return []
  const [was, is] = [before, after].map(({ flags }) => flags.join(', ') || 'none')
  return [`flags\n- ${was}\n+ ${is}`]
}

/** Of many rules for other targets a few are enough to know where to look. */
const MOST_GATED = 5

const gatedRemarks = ({ gated }: Diff, names: readonly [string, string]): string[] => {
  if (gated.length === 0) return []
  const lines = gated
    .slice(0, MOST_GATED)
    .map(
      ({ side, position, reason }) =>
        `  ${position?.source ? '' : `${names[side]} `}${formatPosition(position)}: ${reason}`,
    )
  const more = gated.length > MOST_GATED ? [`  and ${gated.length - MOST_GATED} more`] : []
  return [['not compared: rules of one side that do not count on this target', ...lines, ...more].join('\n')]
}

/** Architectures that one side doesn't list: every call of theirs differs, which is one thing to say, not hundreds. */
const closedArchitectures = (
  differences: readonly Difference[],
): ReadonlyMap<ArchitectureName | undefined, readonly Difference[]> => {
  const byArch = new Map<ArchitectureName | undefined, Difference[]>()
  for (const each of differences) byArch.set(each.arch, [...(byArch.get(each.arch) ?? []), each])
  return new Map(
    [...byArch].filter(([arch, all]) => {
      const oneSide = [0, 1].some((side) => all.every(({ decisions }) => decisions[side]?.by === 'foreign'))
      return (
        arch &&
        oneSide &&
        isEveryNumber(
          arch,
          all.flatMap(({ numbers }) => numbers),
        )
      )
    }),
  )
}

const formatClosed = (all: readonly Difference[]): string => {
  const { arch, decisions } = all[0]!
  const names = new Set(all.flatMap(({ name }) => name ?? []))
  const [before, after] = why(decisions)
  const said = (side: 0 | 1): string =>
    [...new Set(all.map(({ verdicts }) => formatVerdict(verdicts[side], arch)))].join(', ')
  return `every call on ${arch}: ${names.size} by name, and all other numbers\n- ${said(0)}${before}\n+ ${said(1)}${after}`
}

/** Differences that read as one. */
interface Entry {
  readonly first: Difference
  readonly where: Map<string, Place>
}

/** What of one architecture. */
interface Place {
  readonly names: string[]
  readonly unnamed: Range[]
  readonly numbers: Range[]
}

const entriesOf = (differences: readonly Difference[]): Entry[] => {
  const entries = new Map<string, Entry>()
  for (const difference of differences) {
    const { arch, audit, name, numbers, always, verdicts, decisions, call } = difference
    const key = [...verdicts, ...why(decisions), ...(always ? [] : [name ?? call.nr, call.args])].join()
    const entry: Entry = entries.get(key) ?? { first: difference, where: new Map() }
    entries.set(key, entry)
    const place = arch ?? formatAudit(audit)
    const here: Place = entry.where.get(place) ?? { names: [], unnamed: [], numbers: [] }
    entry.where.set(place, here)
    if (name) here.names.push(name)
    else here.unnamed.push(...numbers)
    here.numbers.push(...numbers)
  }
  return [...entries.values()]
}

const formatEntry = ({ first, where }: Entry): string => {
  const places = new Map<string, string[]>()
  for (const [place, { names, unnamed, numbers }] of where) {
    const what = isEveryNumber(place, numbers)
      ? 'every call'
      : [...names.sort(), ...formatNumbers(place, unnamed)].join(', ')
    places.set(what, [...(places.get(what) ?? []), place])
  }
  const lines = [...places].map(([what, on]) => wrap(`${what} on ${on.join(', ')}`.split(' ')))
  if (!first.always)
    lines.push(wrap(`  for some arguments, such as ${formatCall(first.call)}`.split(' '), { indent: '    ' }))
  const [before, after] = why(first.decisions)
  const [was, is] = first.verdicts.map((value) => formatVerdict(value, first.arch))
  return `${[...lines, `- ${was}${before}`, `+ ${is}${after}`].join('\n')}`
}

/** Why each side decides so. Where an architecture is closed on one side, the other's many reasons don't matter. */
const why = (decisions: Difference['decisions']): [string, string] => {
  const closed = decisions.some((each) => each?.by === 'foreign')
  const [before, after] = decisions.map((each) => {
    if (!each || (closed && each.by !== 'foreign')) return ''
    return `  ${reasonOf(each)}`
  })
  return [before!, after!]
}

const reasonOf = (decision: Decision): string => {
  switch (decision.by) {
    case 'rule':
      return formatPosition(decision.rule.position)
    case 'default':
      return formatDefault(decision.position)
    case 'newest':
      return 'above the newest call that the profile names'
    case 'foreign':
      return 'an architecture that the profile does not list'
  }
}

const formatGap = ({ side, reason, program, instruction }: Gap, names: readonly [string, string]): string =>
  wrap(
    `not compared: calls that come to instruction ${instruction}${program ? ` of program ${program}` : ''} of ${names[side]}, which ${reason}`.split(
      ' ',
    ),
  )
