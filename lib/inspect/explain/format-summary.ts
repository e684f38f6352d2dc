import { requireObject } from '../../given.ts'
import { describeTarget, formatVerdict } from '../../policy/format.ts'
import { type ExplanationStyle, fill } from './layout.ts'
import type { GroupSummary, ProfileSummary } from './summary.ts'
import { warningKinds } from './warning-words.ts'

/**
 * A summary as text: what holds for every call, then one line a group, then the calls whose arguments decide.
 * @param options with `names`, each group's calls by name
 * @example console.log(formatSummary(summarize('docker-default', target)))
 */
export const formatSummary = (
  summary: ProfileSummary,
  { paint = (text) => text, names = false }: ExplanationStyle & { readonly names?: boolean } = {},
): string => {
  requireObject('formatSummary takes what summarize() gives', summary, 'groups')
  const { policy, arch, groups } = summary
  const columns = every.filter(
    (column) => column !== 'referred' || groups.some((group) => group.referred.length),
  )
  const all = { title: 'all', ...totals(groups) }
  const heading = `${`calls of ${arch}`.padEnd(TITLE)}${columns.map((column) => `  ${column}`).join('')}`
  const warnings = warningKinds(policy.warnings)
  return [
    ...header(summary).map((text) => `${fill(text, '  ', '')}\n`),
    `\n${paint(heading, 'heading')}\n`,
    ...groups.map((group) => `${row(group, columns)}${names ? lists(group) : ''}`),
    row(all, columns),
    all.conditional.length && !names ? `\n${fill(all.conditional.join(' '), '  ', 'conditional: ')}\n` : '',
    warnings.length ? `\n${paint('warnings', 'heading')}\n` : '',
    ...warnings.map((text) => `${fill(text, '    ', '  ')}\n`),
  ].join('')
}

const every = ['allowed', 'conditional', 'referred', 'denied'] as const
type Column = (typeof every)[number]
type Row = Record<Column, readonly string[]> & { readonly title: string }

const header = ({ policy, arch, rules, gated }: ProfileSummary): readonly string[] => {
  const { defaultVerdict, foreignVerdict, architectures, flags } = policy
  const above = architectures.find((each) => each.arch === arch)?.above
  return [
    `target: ${describeTarget(policy)}`,
    `default: ${formatVerdict(defaultVerdict, arch)}` +
      (above ? `; numbers above ${above.newest}: ${formatVerdict(above.verdict, arch)}` : ''),
    `architectures: ${architectures.map((each) => each.arch).join(', ')}; others: ${formatVerdict(foreignVerdict)}`,
    ...(flags.length ? [`flags: ${flags.join(', ')}`] : []),
    `rules: ${rules}${gated.length ? `, of which ${gated.length} don't count on this target: ${reasons(gated)}` : ''}`,
  ]
}

/** The longest title of a group, and room. */
const TITLE = 40

const row = (group: Row, columns: readonly Column[]): string =>
  `${group.title.padEnd(TITLE)}${columns
    .map((column) => `${group[column].length || '-'}`.padStart(column.length + 2))
    .join('')}\n`

/** A group's calls by name. */
const lists = (group: GroupSummary): string =>
  every
    .filter((column) => group[column].length > 0)
    .map((column) => `${fill(group[column].join(' '), '      ', `    ${column}: `)}\n`)
    .join('')

const totals = (groups: readonly GroupSummary[]): Record<Column, readonly string[]> => {
  const of = (column: Column): readonly string[] => groups.flatMap((group) => group[column])
  return {
    allowed: of('allowed'),
    conditional: of('conditional'),
    referred: of('referred'),
    denied: of('denied'),
  }
}

/** Why rules don't count, each reason once with the number of calls: `needs CAP_SYS_ADMIN (26)`. */
const reasons = (gated: ProfileSummary['gated']): string => {
  const calls = new Map<string, Set<string>>()
  for (const { reason, names } of gated) calls.set(reason, new Set([...(calls.get(reason) ?? []), ...names]))
  return [...calls]
    .map(([reason, names]) => `${reason} (${names.size} ${names.size === 1 ? 'call' : 'calls'})`)
    .join(', ')
}
