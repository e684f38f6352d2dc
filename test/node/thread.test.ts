import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canFilter } from '../kernel/victims.ts'
import { installedNode, majors } from './nodes.ts'

/** A Worker that confines its own thread: unsafeApplyToThread does what its documentation warns of. */
const nodes = (canFilter ? majors : [])
  .map((major) => ({ major, node: installedNode(major) }))
  .filter(({ node }) => node !== undefined)

const answers = (node: string, pool: 'warm' | 'cold'): unknown => {
  const { status, stdout, stderr } = spawnSync(node, [join(import.meta.dirname, 'staged/thread.cjs'), pool], {
    ...{ encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL' },
  })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return JSON.parse(stdout)
}

describe.each(nodes)('a filter of one thread on Node $major', ({ node }) => {
  test('leaves what runs on the pool allowed, where the pool ran before', () => {
    expect(answers(node!, 'warm')).toMatchObject({
      inWorker: { mode: 'filter', sync: 'EACCES', async: 'works' },
      afterwards: { sync: 'works', async: 'works' },
    })
  })

  test('poisons the pool for the main thread, for good, where the Worker uses it first', () => {
    expect(answers(node!, 'cold')).toMatchObject({
      inWorker: { mode: 'filter', sync: 'EACCES', async: 'EACCES' },
      afterwards: { sync: 'works', async: 'EACCES' },
    })
  })

  test('is refused on the main thread, and keeps the main thread from one for all', () => {
    expect(answers(node!, 'warm')).toMatchObject({ onMain: 'ERR_USAGE', applied: 'ERR_THREAD_SYNC' })
  })
})
