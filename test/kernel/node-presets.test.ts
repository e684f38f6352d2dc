import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expected, play, startPartner } from '../node/workloads/play.ts'
import { canFilter } from './victims.ts'

/** The presets for Node, on the Node of these tests; on all versions and in all ways: npm run test:nodes. */
describe.runIf(canFilter)('workloads under presets for Node', () => {
  let partner: Awaited<ReturnType<typeof startPartner>>
  beforeAll(async () => {
    partner = await startPartner()
  })
  afterAll(() => partner.close())

  test.for([
    ['apply', 'node:compute'],
    ['fork', 'node:compute'],
    ['spawn', 'node:http-client'],
    ['fork', 'node:http-server'],
    ['apply', 'node:build-tool'],
  ] as const)(
    '%s, %s: each works, or fails with an error that JavaScript catches',
    { timeout: 300_000 },
    async ([way, preset]) => {
      const outcomes = await play(process.execPath, way, preset, partner)
      expect(outcomes).toEqual(expected(way, preset, Object.keys(outcomes)))
      expect(Object.values(outcomes)).toContain('works')
    },
  )
})
