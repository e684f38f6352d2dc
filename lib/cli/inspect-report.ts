import { endianness } from 'node:os'
import { printable } from '../errors.ts'
import type { Difference } from '../inspect/diff/diff.ts'
import { formatNumbers } from '../inspect/diff/numbers.ts'
import { disassemble } from '../inspect/disassemble.ts'
import { formatReading } from '../inspect/identify/format.ts'
import type { Identity } from '../inspect/identify/identify.ts'
import type { Restriction, Restrictions } from '../inspect/restrictions.ts'
import { wrap } from '../inspect/wrap.ts'
import type { ThreadFilters } from '../kernel/dump.ts'
import type { ProcessStatus, ThreadStatus } from '../kernel/status.ts'
import { formatVerdict } from '../policy/format.ts'

/** What `seccomp inspect` prints. */

export interface Inspection {
  readonly status: ProcessStatus
  readonly stacks: readonly Explained[]
  /** Why filters that are there aren't shown. */
  readonly reason: string | undefined
}

/** A stack with what is known of it. */
export interface Explained extends ThreadFilters {
  readonly identities: readonly Identity[]
  /** From the nearest profile, where a filter is none. */
  readonly differences: readonly (readonly Difference[])[]
  readonly restrictions: Restrictions
}

const WIDTH = 80
const COLUMN = 16

/** A row of a label and text that is wrapped beside it. Threads choose their names, and a name may hold anything. */
const row = (label: string, text: string): string =>
  `${wrap(printable(text).split(' '), { width: WIDTH, first: label.padEnd(COLUMN), indent: ' '.repeat(COLUMN) })}\n`

export const report = ({ status, stacks, reason }: Inspection, disassembly: boolean): string => {
  const { pid, uid, threads } = status
  const head = row('process', `${pid} (${threads[0]!.comm}), user ${uid}, ${count(threads.length, 'thread')}`)
  const several = stacks.length > 1
  const parts = stacks.map((stack) => formatStack(stack, { several, disassembly }))
  const why = reason ? [row('filters', `not shown: ${reason}`)] : []
  return [head + formatThreads(threads), ...parts, ...why].join('\n')
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

const formatMode = ({ mode, filters }: ThreadStatus): string => {
  if (mode === 'disabled') return 'no filter'
  if (mode === 'strict') return 'strict: read, write, exit and sigreturn only'
  return filters === null ? 'filtered' : count(filters, 'filter')
}

const formatPrivileges = ({ noNewPrivileges }: ThreadStatus): string => (noNewPrivileges ? 'set' : 'not set')

/** One state for all, or each with the threads that are in it. */
const formatThreads = (threads: readonly ThreadStatus[]): string => {
  const states = new Map<string, ThreadStatus[]>()
  for (const thread of threads) {
    const state = `${formatMode(thread)}, no_new_privs ${formatPrivileges(thread)}`
    states.set(state, [...(states.get(state) ?? []), thread])
  }
  const [first] = threads
  if (states.size === 1)
    return row('seccomp', formatMode(first!)) + row('no_new_privs', formatPrivileges(first!))
  return [...states]
    .map(([state, who]) => {
      const list = who.map(({ tid, comm }) => `${tid} (${comm})`).join(', ')
      return row('seccomp', `${state}: ${who.length === 1 ? 'thread' : 'threads'} ${list}`)
    })
    .join('')
}

const formatStack = (
  { tids, filters, identities, differences, restrictions }: Explained,
  { several, disassembly }: { several: boolean; disassembly: boolean },
): string => {
  const threads = several ? `, ${tids.length === 1 ? 'thread' : 'threads'} ${tids.join(', ')}` : ''
  const rows = filters.map(({ instructions, logs }, index) => {
    const title = `${count(instructions.length, 'instruction')}${logs ? ', logs what it refuses' : ''}${threads}`
    const text = disassembly ? `\n${disassemble(instructions, { arch: restrictions.arch })}\n` : ''
    return row(`filter ${index + 1}`, title) + formatIdentity(identities[index]!, differences[index]!) + text
  })
  return `${rows.join('')}\n${formatRestrictions(restrictions, filters.length)}`
}

const formatIdentity = (identity: Identity, differences: readonly Difference[]): string => {
  if (identity.result === 'profile')
    return row('', `${formatReading(identity.reading)}: proved for every call`)
  const calls = [
    ...new Set(differences.map(({ arch, name }) => `${name ?? 'unnamed numbers'} (${arch ?? 'other'})`)),
  ]
  const shown = calls.slice(0, MOST_CALLS).join(', ')
  const more = calls.length > MOST_CALLS ? ` and ${calls.length - MOST_CALLS} more` : ''
  return (
    row('', `none of the profiles compared; the nearest is ${formatReading(identity.nearest)}`) +
    row('', calls.length ? `which differs for ${shown}${more}` : 'but not every call could be compared')
  )
}

/** A list of hundreds says no more than that the profile isn't near. */
const MOST_CALLS = 8

const formatRestrictions = (
  { arch, calls, allowed, restrictions, others, gaps }: Restrictions,
  filters: number,
): string => {
  const together = filters > 1 ? `, all ${filters} filters together` : ''
  const head = row(arch, `${allowed} of ${calls} calls are allowed whatever their arguments${together}`)
  const closed = others.map(
    (other) =>
      `${other.arch}: ${other.verdict === undefined ? 'by call' : formatVerdict(other.verdict, arch)}`,
  )
  const foreign = closed.length ? row('  other ABIs', closed.join(', ')) : ''
  const rest = restrictions.map((each) => formatRestriction(each, arch)).join('')
  return head + rest + foreign + (gaps ? row('', 'some calls could not be followed through the filter') : '')
}

const formatRestriction = (
  { verdict, always, sometimes, numbers }: Restriction,
  arch: Restrictions['arch'],
): string => {
  const words = [
    ...(always.length ? [always.join(' ')] : []),
    ...(sometimes.length ? [`for some arguments: ${sometimes.join(' ')}`] : []),
    ...(numbers.length ? [formatNumbers(arch, numbers).join(', ')] : []),
  ].join('; ')
  return row(`  ${formatVerdict(verdict, arch)}`, words)
}

export const document = ({ status, stacks, reason }: Inspection, withInstructions: boolean): object => ({
  ...status,
  byteOrder: endianness() === 'LE' ? 'little' : 'big',
  stacks: reason
    ? null
    : stacks.map(({ tids, filters, identities, differences, restrictions }) => ({
        tids,
        filters: filters.map(({ instructions, logs }, index) => ({
          length: instructions.length,
          logs,
          identity: identityDocument(identities[index]!, differences[index]!),
          ...(withInstructions && { instructions }),
        })),
        ...restrictions,
        restrictions: restrictions.restrictions.map((each) => ({
          ...each,
          text: formatVerdict(each.verdict, restrictions.arch),
        })),
      })),
  ...(reason && { reason }),
})

const identityDocument = (identity: Identity, differences: readonly Difference[]): object => {
  const { result, proof } = identity
  const reading = result === 'profile' ? identity.reading : identity.nearest
  const { policy: _, ...rest } = reading
  const told = { ...rest, words: formatReading(reading) }
  if (result === 'profile') return { result, ...told, proof }
  const calls = differences.map(({ arch, name, numbers, always, verdicts }) => {
    const [profile, filter] = verdicts.map((each) => formatVerdict(each, arch))
    return { arch, name, numbers, always, profile, filter }
  })
  return { result, nearest: told, proof, differences: calls }
}
