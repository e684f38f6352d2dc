import { describeTarget, formatVerdict } from '../../policy/format.ts'
import { wrap } from '../wrap.ts'
import type { ExplanationStyle } from './format.ts'
import type { GroupSummary, ProfileSummary } from './summary.ts'
import { warningKinds } from './warning-words.ts'

/**
 * A summary as text: what holds for every call, then one line a group, then the calls whose arguments decide.
 * @param options with `names`, each group's calls by name
 * @example console.log(formatSummary(summarize('docker-default')))
 */
export const formatSummary = (
  summary: ProfileSummary,
  { paint = (text) => text, names = false }: ExplanationStyle & { readonly names?: boolean } = {},
): string => {
  const { policy, arch, groups, rules, gated } = summary
  const line = (text: string): string => `${wrap(text.split(' '), { indent: '  ' })}\n`
  const listed = policy.architectures.map((each) => each.arch)
  const native = policy.architectures.find((each) => each.arch === arch)
  const referred = groups.some((group) => group.referred.length > 0)
  const columns = ['allowed', 'conditional', ...(referred ? ['referred' as const] : []), 'denied'] as const
  const cells = (group: Record<Column, readonly string[]>): string =>
    columns.map((column) => `${group[column].length || '-'}`.padStart(column.length + 2)).join('')
  const row = (title: string, group: Record<Column, readonly string[]>): string =>
    `${title.padEnd(TITLE)}${cells(group)}\n`
  const total = (column: Column): string[] => groups.flatMap((group) => [...group[column]])
  const conditional = total('conditional')
  const lists = (group: GroupSummary): string =>
    columns
      .filter((column) => group[column].length > 0)
      .map((column) => `${wrap([...group[column]], { first: `    ${column}: `, indent: '      ' })}\n`)
      .join('')
  return [
    line(`target: ${describeTarget(policy)}`),
    line(
      `default: ${formatVerdict(policy.defaultVerdict, arch)}${
        native?.above
          ? `; numbers above ${native.above.newest}: ${formatVerdict(native.above.verdict, arch)}`
          : ''
      }`,
    ),
    line(`architectures: ${listed.join(', ')}; others: ${formatVerdict(policy.foreignVerdict)}`),
    policy.flags.length ? line(`flags: ${policy.flags.join(', ')}`) : '',
    line(
      `rules: ${rules}${gated.length ? `, of which ${gated.length} don't count on this target: ${reasons(gated)}` : ''}`,
    ),
    '\n',
    `${paint(`${`calls of ${arch}`.padEnd(TITLE)}${columns.map((column) => `  ${column}`).join('')}`, 'heading')}\n`,
    ...groups.map((group) => `${row(group.title, group)}${names ? lists(group) : ''}`),
    row('all', {
      allowed: total('allowed'),
      conditional,
      referred: total('referred'),
      denied: total('denied'),
    }),
    conditional.length && !names ? `\n${line(`conditional: ${conditional.join(' ')}`)}` : '',
    policy.warnings.length ? `\n${paint('warnings', 'heading')}\n` : '',
    ...warningKinds(policy.warnings).map(
      (text) => `${wrap(text.split(' '), { first: '  ', indent: '    ' })}\n`,
    ),
  ].join('')
}

/** Why rules don't count, each reason once with the number of calls: `needs CAP_SYS_ADMIN (26)`. */
const reasons = (gated: ProfileSummary['gated']): string => {
  const calls = new Map<string, Set<string>>()
  for (const { reason, names } of gated) calls.set(reason, new Set([...(calls.get(reason) ?? []), ...names]))
  return [...calls]
    .map(([reason, names]) => `${reason} (${names.size} ${names.size === 1 ? 'call' : 'calls'})`)
    .join(', ')
}

type Column = 'allowed' | 'conditional' | 'referred' | 'denied'

/** The longest title of a group, and room. */
const TITLE = 46
