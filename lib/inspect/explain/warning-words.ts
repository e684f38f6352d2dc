import { formatPosition } from '../../policy/format.ts'
import type { Warning, WarningKind } from '../../policy/policy.ts'

/** Warnings as paragraphs: what holds in several places is said once, with the first place and the number of others. */
export const aboutWarnings = (warnings: readonly Warning[]): readonly string[] => {
  const places = new Map<string, Set<string>>()
  for (const { message, position } of warnings) {
    const known = places.get(message) ?? new Set()
    places.set(message, known.add(formatPosition(position)))
  }
  return [...places].map(([message, known]) => {
    const [first] = known
    const others = known.size > 1 ? ` (and ${known.size - 1} more)` : ''
    return `${first}${others}: ${message}`
  })
}

const meanings: Record<WarningKind, string> = {
  'argument-width': 'compared on 32 bits, which is all the kernel reads',
  'kill-thread': 'kills the process, where the profile says one thread',
  multiplexed: 'conditions that socketcall or ipc hide from any filter',
  'operand-truncated': 'operands with more bits than the argument',
  overlap: 'rules that contradict each other for some arguments',
  'repeated-argument': 'one argument compared twice in a rule, where either is enough',
  shadowed: 'rules that never decide',
  'unknown-syscall': 'names that no architecture has',
}

/** Warnings of a whole profile: `overlap: rules that … (socket, clone)`, a line a kind. */
export const warningKinds = (warnings: readonly Warning[]): readonly string[] => {
  const calls = new Map<WarningKind, Set<string>>()
  for (const { kind, syscall } of warnings) {
    const known = calls.get(kind) ?? new Set()
    if (syscall) known.add(syscall)
    calls.set(kind, known)
  }
  return [...calls].map(([kind, names]) => `${meanings[kind]}${names.size ? `: ${some([...names])}` : ''}`)
}

/** A list that stays short. */
const some = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ')
