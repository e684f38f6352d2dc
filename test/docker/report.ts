import { getSystemErrorName } from 'node:util'
import { MARK } from '../container/evidence.ts'
import type { Door } from '../container/observe.ts'
import type { InnerTest } from './container.ts'

/** How many passed, failed and were skipped: `131 passed, 0 failed, 2 skipped`. */
export const count = (tests: readonly InnerTest[]): string => {
  const of = (...wanted: InnerTest['status'][]): number =>
    tests.filter(({ status }) => wanted.includes(status)).length
  return `${of('passed')} passed, ${of('failed')} failed, ${of('pending', 'skipped', 'todo')} skipped`
}

/** The tests that didn't run inside, whose names say what they lack there. */
export const skipped = (tests: readonly InnerTest[]): string[] =>
  tests
    .filter(({ status }) => status === 'skipped' || status === 'pending')
    .map(({ fullName }) => `  skipped: ${fullName}`)

const errno = (number: number): string => {
  if (number === 0) return 'done'
  return number === MARK ? 'MARK' : getSystemErrorName(-number)
}

/**
 * The calls by what the kernel answered: without our filter → under the profile → under the profile with MARK for
 * EPERM; and by the doors that gave this answer.
 */
export const table = (tests: readonly InnerTest[]): string => {
  const doors = new Map<string, Door[]>()
  for (const { evidence } of tests.map(({ meta }) => meta)) {
    if (!evidence) continue
    const { control, denied, marked } = evidence.answers
    const row = `${[control, denied, marked].map(errno).join(' → ')}\t${evidence.call}`
    doors.set(row, [...(doors.get(row) ?? []), evidence.door])
  }
  const lines = new Map<string, string[]>()
  for (const [row, through] of [...doors].sort()) {
    const [answers, call] = row.split('\t') as [string, string]
    const line = `  ${answers} (${through.join(', ')})`
    lines.set(line, [...(lines.get(line) ?? []), call])
  }
  return [...lines].map(([line, calls]) => `${line}: ${calls.join(', ')}`).join('\n')
}
