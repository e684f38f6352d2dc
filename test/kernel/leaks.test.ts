import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canFilter } from './victims.ts'

/** `npm run fuzz` does each thing ten thousand times. */
const many = Number(process.env['LEAK_ROUNDS'] ?? 0)

/** A process takes only so many filters: the applies are those of several, one after another. */
const APPLIES = 500

/** What a heap may grow by for reasons of its own; ten thousand leaks of a page are more. */
const MEGABYTES = 40

const leaks = (kind: string, rounds: number): { descriptors: number; children: number; memory: number } => {
  const victim = join(import.meta.dirname, 'victims/leaks.js')
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    ['--expose-gc', '--max-semi-space-size=1', victim, kind, String(rounds)],
    { encoding: 'utf8', timeout: many ? 1_200_000 : 55_000, killSignal: 'SIGKILL' },
  )
  if (error) throw error
  if (status !== 0) throw new Error(`${kind}: ${stderr}`)
  return JSON.parse(stdout)
}

describe.runIf(canFilter)('nothing is left behind', () => {
  test.each([
    ['spawn', 60],
    ['spawnSync', 60],
    ['refused', 60],
    ['workers', 12],
  ])('by %s', { timeout: 1_200_000 }, (kind, few) => {
    // A worker takes a tenth of a second, and ten thousand of them a quarter of an hour.
    const rounds = kind === 'workers' ? Math.ceil(many / 10) : many
    const { descriptors, children, memory } = leaks(kind, rounds || few)
    expect({ descriptors, children }).toEqual({ descriptors: 0, children: 0 })
    expect(memory).toBeLessThan(MEGABYTES)
  })

  test('by apply, in processes of their own', { timeout: 1_200_000 }, () => {
    const processes = Math.ceil((many || 1) / APPLIES)
    for (let done = 0; done < processes; done++) {
      const { descriptors, children, memory } = leaks('apply', many ? APPLIES : 40)
      expect({ descriptors, children }).toEqual({ descriptors: 0, children: 0 })
      expect(memory).toBeLessThan(MEGABYTES)
    }
  })
})
