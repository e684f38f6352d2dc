import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canFilter } from '../kernel/victims.ts'
import { installedNode, majors } from './nodes.ts'

/** Worker pools that people use, with their children under a profile: examples/pools, run as they are. */
const example = (name: string): string => resolve(import.meta.dirname, '../../examples/pools', name)
const vitest = resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')

const output = (node: string, ...args: readonly string[]): readonly string[] => {
  const { status, stdout, stderr } = spawnSync(node, args, {
    // Or a Vitest in a Vitest would take itself for a worker.
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
    ...{ encoding: 'utf8', timeout: 50_000, killSignal: 'SIGKILL' },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.trimEnd().split('\n')
}

const refused = ['write a file EACCES', 'start a program EACCES', 'connect EACCES']
const expected: Readonly<Record<string, readonly string[]>> = {
  tinypool: ['read a file works', ...refused],
  'jest-worker': ['sum 6', 'read a file EACCES', ...refused],
  cluster: ['read a file EACCES', ...refused],
  piscina: ['read a file works', ...refused],
}

describe.runIf(canFilter)('a pool whose children are confined', () => {
  test.each(Object.keys(expected))('%s', (pool) => {
    expect(output(process.execPath, example(`${pool}.js`))).toEqual(expected[pool])
  })

  test("vitest's forks", () => {
    const lines = output(process.execPath, vitest, 'run', '--root', example('vitest'))
    expect(lines.join('\n')).toMatch(/Tests {2}4 passed \(4\)/)
  })

  const newest = majors.map(installedNode).findLast((node) => node !== undefined)
  if (newest === process.execPath) console.log('skipped: pools on another Node, for none is installed')
  test.runIf(newest !== process.execPath).each(['tinypool', 'cluster'])(
    '%s, where each child is executed anew to get rid of its rings',
    (pool) => {
      expect(output(newest!, example(`${pool}.js`))).toEqual(expected[pool])
    },
  )
})
