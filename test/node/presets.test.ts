import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodePresets } from '../../lib/profile/presets/node/presets.ts'
import { canFilter } from '../kernel/victims.ts'
import { allNodes, installedNode, majors } from './nodes.ts'
import { expected, play, startPartner, type Way } from './workloads/play.ts'

/** Every version of Node, every preset, every way to get under it: forty workloads each. Some minutes. */
const ways: readonly Way[] = ['apply', 'spawn', 'fork', 'register']
const presets = [...Object.keys(nodePresets), 'docker-default', 'podman-default']
const matrix = [
  ...ways.flatMap((way) => presets.map((preset) => [way, preset] as const)),
  // Under a container engine's profile the children of a program meet with denied calls, and have no handler.
  ...Object.keys(nodePresets).map((preset) => ['trap', preset] as const),
]
if (canFilter && !allNodes)
  console.log(
    "skipped: all presets, all ways, on every Node, which 'npm run test:nodes' tests; " +
      'test/kernel/node-presets.test.ts has a part of them on this one',
  )

const asked = canFilter && allNodes
if (!asked) test.skip('all presets, all ways, on every Node')

for (const major of asked ? majors : []) {
  const node = installedNode(major)
  // test/node/fetch.ts has said why.
  describe.runIf(node)(`on Node ${major}`, () => {
    let partner: Awaited<ReturnType<typeof startPartner>>
    beforeAll(async () => {
      partner = await startPartner()
    })
    afterAll(() => partner.close())

    test.for(matrix)(
      '%s, %s: each workload works, or fails with an error that JavaScript catches',
      { timeout: 300_000 },
      async ([way, preset]) => {
        const outcomes = await play(node!, way, preset, { partner })
        expect(outcomes).toEqual(expected(way, preset, Object.keys(outcomes)))
      },
    )
  })
}
