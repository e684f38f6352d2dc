import type { Range } from '../../filter/prove/ranges.ts'
import { formatPosition, formatVerdict } from '../../policy/format.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { formatCall } from '../call-text.ts'
import type { Decision } from '../decision.ts'
import { wrap } from '../wrap.ts'
import type { Diff, Difference, Gap } from './diff.ts'
import { formatAudit, formatNumbers, isEveryNumber } from './numbers.ts'

/**
 * A diff for people, as unified diffs look: under each call or group of calls what it got (`-`) and gets (`+`), and
 * why. Calls that changed alike share one entry. The JSON form has each on its own.
 * @param names what the two sides are called
 * @param about the target, for the summary
 * @example console.log(formatDiff(diff(old, profile), ['old.json', 'profile.json']))
 */
export const formatDiff = (diff: Diff, names: readonly [string, string], about = ''): string => {
  const where = about && `\n(${about})`
  const head = `--- ${names[0]}\n+++ ${names[1]}\n`
  const gaps = diff.gaps.map((gap) => `${formatGap(gap, names)}\n`).join('')
  if (diff.result === 'same') return `same: every call gets the same verdict${where}\n`
  if (diff.result === 'undecided')
    return `undecided: no difference was found, but not all could be compared${where}\n${gaps}`
  const closed = closedArchitectures(diff.differences)
  const open = diff.differences.filter(({ arch }) => !closed.has(arch))
  const entries = [...entriesOf(open).map(formatEntry), ...[...closed.values()].map(formatClosed)]
  const calls = new Set(diff.differences.flatMap(({ arch, name }) => (name ? [`${arch} ${name}`] : []))).size
  const others = diff.differences.some(({ name }) => !name)
  const summary = `different: ${count(calls)}${others ? `${calls ? ', and ' : ''}numbers without a name` : ''}${where}\n`
  return `${head}${summary}\n${[...entries, ...(gaps ? [gaps] : [])].join('\n')}`
}

const count = (calls: number): string => (calls === 0 ? '' : calls === 1 ? '1 call' : `${calls} calls`)

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
  return `every call on ${arch}: ${names.size} by name, and all other numbers\n- ${said(0)}${before}\n+ ${said(1)}${after}\n`
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
  return `${[...lines, `- ${was}${before}`, `+ ${is}${after}`].join('\n')}\n`
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
      return 'the default action'
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
