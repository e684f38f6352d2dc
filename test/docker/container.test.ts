import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatReading } from '../../lib/inspect/identify/format.ts'
import { allowedToday, blockedBefore48, blockedCalls, blockedSockets } from '../container/blocked-calls.ts'
import { attempts, name, openDoors } from '../container/observe.ts'
import { filtersShown } from '../kernel/filters-shown.ts'
import { buildImage, removeImage, runSuite, type Surroundings } from './container.ts'
import { baseImage, engineMissing } from './engine.ts'
import { identifyContainer, readingOf } from './inspect.ts'
import { count, skipped, table } from './report.ts'

const unconfined = ['--security-opt', 'seccomp=unconfined']
const user = ['--user', '1000']
const admin = ['--cap-add', 'SYS_ADMIN']

/** Every capability that a row of the table names: then the kernel refuses each call for its arguments alone. */
const named = [...new Set(blockedCalls.flatMap(({ capability }) => capability ?? []))]
const capable = named.flatMap((capability) => ['--cap-add', capability.replace('CAP_', '')])

/** The whole kernel suite runs where a process may most and where it may least. */
const runs: readonly Surroundings[] = [
  { title: 'unconfined, as root', options: unconfined, filters: 0, suite: 'calls' },
  { title: 'unconfined, as a user', options: [...unconfined, ...user], filters: 0, suite: 'calls' },
  { title: 'with SYS_ADMIN, as root', options: [...unconfined, ...admin], filters: 0, suite: 'kernel' },
  {
    title: 'with SYS_ADMIN, as a user',
    options: [...unconfined, ...admin, ...user],
    filters: 0,
    suite: 'calls',
  },
  {
    title: 'with every capability that a call asks for, as root',
    options: [...unconfined, ...capable],
    filters: 0,
    suite: 'calls',
  },
  { title: "on Docker's own filter, as root", options: [], filters: 1, suite: 'calls' },
  { title: "on Docker's own filter, as a user", options: user, filters: 1, suite: 'kernel' },
  { title: "on Docker's own filter for SYS_ADMIN, as root", options: admin, filters: 1, suite: 'calls' },
]

/** Every row of the documentation's table that exists here; the container has our kernel, so it exists there too. */
const documented = async (): Promise<string[]> => {
  const { doors } = await openDoors()
  const calls = [...blockedCalls, ...blockedBefore48, ...allowedToday, ...blockedSockets]
  return attempts(calls, doors).map(({ call, door }) => `${name(call)} ${door}`)
}

const missing = await engineMissing()
// A developer may have no engine; CI has no excuse.
const skip = missing !== undefined && !process.env['CI']
if (skip) console.log(`skipped: the container suite, because ${missing}`)

describe.skipIf(skip)('the kernel suite in a container', () => {
  let calls: readonly string[]
  let image: string
  beforeAll(async () => {
    if (missing) throw new Error(`the container suite can't run: ${missing}`)
    calls = await documented()
    image = await buildImage(await baseImage())
  }, 700_000)
  afterAll(async () => {
    if (image) await removeImage(image)
  }, 100_000)

  test.runIf(filtersShown).for([
    [[], []],
    [['--cap-add', 'SYS_PTRACE', '--cap-drop', 'SYS_CHROOT'], ['CAP_SYS_PTRACE']],
  ] as const)('inspect knows the filter that Docker itself installs with %j', async ([options, added]) => {
    const identities = await identifyContainer(image, options)
    expect(identities).toHaveLength(1)
    const reading = readingOf(identities[0]!)
    expect(reading).toMatchObject({ profile: 'docker-default', as: 'runc', added })
    expect(reading.dropped).toEqual(added.length ? ['CAP_SYS_CHROOT'] : [])
    // A newer Docker than we know, or a libseccomp with holes in its table, makes it a near thing.
    console.log(`${identities[0]!.result === 'profile' ? 'proved' : 'nearest'}: ${formatReading(reading)}`)
  })

  test.for(runs.map((run) => [run.title, run] as const))(
    'passes %s',
    { timeout: 330_000 },
    async ([, run]) => {
      const tests = await runSuite(image, run)
      console.log([`${run.title}: ${count(tests)}`, table(tests), ...skipped(tests)].join('\n'))
      expect(
        tests
          .filter(({ status }) => status === 'failed')
          .flatMap((each) => [each.fullName, ...each.failureMessages]),
      ).toEqual([])
      const seen = tests.flatMap(({ meta: { evidence } }) =>
        evidence ? `${evidence.call} ${evidence.door}` : [],
      )
      expect(calls.filter((call) => !seen.includes(call))).toEqual([])
    },
  )
})
