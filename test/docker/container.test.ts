import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allowedToday, blockedBefore48, blockedCalls, blockedSockets } from '../container/blocked-calls.ts'
import { buildImage, runSuite, type Surroundings } from './container.ts'
import { baseImage, type Engine, engineMissing, startEngine } from './engine.ts'
import { count, skipped, table } from './report.ts'

const unconfined = ['--security-opt', 'seccomp=unconfined']
const user = ['--user', '1000']
const admin = ['--cap-add', 'SYS_ADMIN']

/** Every capability that a row of the table names: then the kernel refuses each call for its arguments alone. */
const named = [...new Set(blockedCalls.flatMap(({ capability }) => capability ?? []))]
const capable = named.flatMap((capability) => ['--cap-add', capability.replace('CAP_', '')])

const runs: readonly Surroundings[] = [
  { title: 'unconfined, as root', options: unconfined, filters: 0 },
  { title: 'unconfined, as an ordinary user', options: [...unconfined, ...user], filters: 0 },
  { title: 'unconfined with SYS_ADMIN, as root', options: [...unconfined, ...admin], filters: 0 },
  {
    title: 'unconfined with SYS_ADMIN, as an ordinary user',
    options: [...unconfined, ...admin, ...user],
    filters: 0,
  },
  {
    title: `unconfined with every capability that a call asks for, as root`,
    options: [...unconfined, ...capable],
    filters: 0,
  },
  { title: "on top of Docker's own filter, as root", options: [], filters: 1 },
  { title: "on top of Docker's own filter, as an ordinary user", options: user, filters: 1 },
  { title: "on top of Docker's own filter with SYS_ADMIN, as root", options: admin, filters: 1 },
]

const missing = await engineMissing()
// A developer may have no engine; CI has no excuse.
const skip = missing !== undefined && !process.env['CI']
if (skip) console.log(`skipped: the container suite, because ${missing}`)

describe.skipIf(skip)('the kernel suite in a container', () => {
  let engine: Engine | undefined
  beforeAll(async () => {
    if (missing) throw new Error(`the container suite can't run: ${missing}`)
    engine = await startEngine()
    await buildImage(await baseImage())
  }, 700_000)
  afterAll(() => engine?.stop())

  test.for(runs.map((run) => [run.title, run] as const))(
    'passes %s',
    { timeout: 150_000 },
    async ([, run]) => {
      const tests = await runSuite(run)
      console.log([`${run.title}: ${count(tests)}`, table(tests), ...skipped(tests)].join('\n'))
      expect(
        tests
          .filter(({ status }) => status === 'failed')
          .flatMap((each) => [each.fullName, ...each.failureMessages]),
      ).toEqual([])
      const passed = tests.filter(({ status }) => status === 'passed').map(({ title }) => title)
      for (const { name } of [...blockedCalls, ...blockedBefore48, ...allowedToday, ...blockedSockets])
        expect(
          passed.some((title) => title.startsWith(`${name} `)),
          name,
        ).toBe(true)
    },
  )
})
