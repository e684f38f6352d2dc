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
 * EPERM. A call stands for both of the kernel's doors, unless it says which.
 */
export const table = (tests: readonly InnerTest[]): string => {
  const groups = new Map<string, Map<string, Set<Door>>>()
  for (const { title, meta } of tests) {
    if (!meta.answers) continue
    const { control, denied, marked } = meta.answers
    const answers = [control, denied, marked].map(errno).join(' → ')
    const name = title.replace(/( through int 0x80)? (answers|reaches) .*/, '')
    const calls = groups.get(answers) ?? new Map<string, Set<Door>>()
    groups.set(answers, calls)
    calls.set(name, (calls.get(name) ?? new Set()).add(title.includes('int 0x80') ? 'int80' : 'native'))
  }
  const show = ([name, doors]: [string, Set<Door>]): string =>
    doors.size > 1 ? name : `${name} [${[...doors]}]`
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([answers, calls]) => `  ${answers}: ${[...calls].map(show).join(', ')}`)
    .join('\n')
}
