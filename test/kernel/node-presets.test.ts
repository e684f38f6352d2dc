import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatProfile } from '../../lib/index.ts'
import { type NodeProfileOptions, nodeProfile } from '../../lib/profile/presets/node/profile.ts'
import type { PromiseName } from '../../lib/profile/presets/node/promise.ts'
import { expected, expectedWith, needs, play, startPartner } from '../node/workloads/play.ts'
import { canFilter } from './victims.ts'

// script(1) of util-linux gives its command a terminal.
const script = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')
if (canFilter && !script)
  console.log('skipped: node:compute on a terminal, because script(1) of util-linux is not there')

/** The presets for Node, on the Node of these tests; on all versions and in all ways: npm run test:nodes. */
describe.runIf(canFilter)('workloads', { timeout: 300_000 }, () => {
  let partner: Awaited<ReturnType<typeof startPartner>>
  let folder: string
  beforeAll(async () => {
    partner = await startPartner()
    folder = mkdtempSync(join(tmpdir(), 'seccomp-promises-'))
  })
  afterAll(() => {
    partner.close()
    rmSync(folder, { recursive: true })
  })
  /** A file that holds the profile. */
  const fileOf = (promises: readonly PromiseName[], options: NodeProfileOptions = {}): string => {
    const asked = Object.entries(options).flatMap(([option, isAsked]) => (isAsked ? [option] : []))
    const file = join(folder, `${[...promises, ...asked].join('-') || 'run'}.json`)
    // Once: a program that was started before may be reading it.
    if (!existsSync(file)) writeFileSync(file, formatProfile(nodeProfile(promises, options)))
    return file
  }
  const node = process.execPath

  test.for([
    ['apply', 'node:compute'],
    ['fork', 'node:compute'],
    ['spawn', 'node:http-client'],
    ['fork', 'node:http-server'],
    ['apply', 'node:build-tool'],
    ['spawn', 'podman-default'],
  ] as const)('%s, %s: each works, or fails with an error that JavaScript catches', async ([way, preset]) => {
    const outcomes = await play(node, way, preset, { partner })
    expect(outcomes).toEqual(expected(way, preset, Object.keys(outcomes)))
    expect(Object.values(outcomes)).toContain('works')
  })

  test('each works with the promises that it is said to need, and no other but threads', async () => {
    const given = (workload: string): readonly PromiseName[] => ['threads', ...needs[workload]!]
    const outcomes = await play(node, 'apply', (workload) => fileOf(given(workload)), { partner })
    const names = Object.keys(outcomes)
    expect(outcomes).toEqual(
      Object.fromEntries(names.map((workload) => [workload, expectedWith(given(workload), workload)])),
    )
    const failing = names.filter((workload) => !outcomes[workload]!.startsWith('works'))
    expect(failing).toEqual([])
  })

  const quote = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')
  test.for([
    ['a pipe', 'cat'],
    ['a file', 'tee'],
    ...(script ? ([['a terminal', 'script']] as const) : []),
  ] as const)('node:compute writes to %s and ends', async ([, program]) => {
    const shell = {
      cat: (command: string) => `${command} 2>&1 | cat`,
      // Two run at a time, each with a file of its own: $$ is its shell.
      tee: (command: string) => `${command} > '${folder}/'$$; cat '${folder}/'$$`,
      script: (command: string) => `script -qec ${JSON.stringify(command)} /dev/null`,
    }[program]
    const outcomes = await play(node, 'apply', 'node:compute', {
      partner,
      workloads: ['console', 'exit', 'uncaught'],
      through: (command) => ['sh', '-c', shell(quote(command))],
    })
    // A pipeline ends as its last program does.
    const end = program === 'script' ? 'works, exit 1' : 'works'
    expect(outcomes).toEqual({ console: 'works', exit: 'works', uncaught: end })
  })

  test.for(['apply', 'spawn'] as const)('%s: under --jitless no memory need be executable', async (way) => {
    const profile = fileOf(['ipc', 'threads'], { jitless: true, startup: way === 'spawn' })
    const outcomes = await play(node, way, profile, {
      partner,
      workloads: ['gc', 'jit', 'buffers', 'cryptoPool', 'worker', 'wasm', 'exit'],
      options: ['--jitless'],
    })
    expect(outcomes).toEqual({
      ...{ gc: 'works', jit: 'works', buffers: 'works', cryptoPool: 'works', worker: 'works', exit: 'works' },
      // There is none without machine code.
      wasm: 'fails with ReferenceError',
    })
  })
})
