import { readFileSync } from 'node:fs'
import { constants as os } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Program } from '../../lib/bpf/instruction.ts'
import { type Proof, prove } from '../../lib/filter/prove/prove.ts'
import { parseCall } from '../../lib/inspect/call.ts'
import { formatCall, nameCall } from '../../lib/inspect/call-text.ts'
import { hostTarget } from '../../lib/kernel/host.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { formatVerdict } from '../../lib/policy/format.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget, type Target } from '../../lib/policy/target.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { type Door, native, openDoors } from '../container/observe.ts'
import { filtersShown } from '../kernel/filters-shown.ts'
import { sharedData } from '../shared-data.ts'
import { docker, engineMissing } from './engine.ts'
import { documentedCalls, edgeCalls, expectedErrno, type RealCall, verdictText } from './real-calls.ts'
import { callStep, errnos } from './resident.ts'
import {
  type Container,
  capabilitiesOf,
  dockerRuntime,
  type Runtime,
  runcMissing,
  runcRuntime,
  runcVersion,
} from './runtime.ts'
import { generatedProfile, ociText, startable } from './runtime-profiles.ts'
import { installedIn, policyFor, type Reading, readingOf } from './runtime-reading.ts'

/** A profile, and how the container under it is started. */
interface Row extends Pick<Container, 'add' | 'drop' | 'noNewPrivileges'> {
  readonly title: string
  readonly profile: Profile
  /** Where Docker gets the file as it is. */
  readonly text?: string
}

const target = (options: Pick<Container, 'add' | 'drop'>): Target =>
  makeTarget({ capabilities: capabilitiesOf(options) }, hostTarget())

const preset = (name: string, options: Partial<Row> = {}): Row => ({
  title: [name, ...words(options)].join(' '),
  profile: findPreset(name)!,
  ...options,
})

/** A profile that others published. Those under which nothing can start are widened by what a start needs. */
const published = (name: string, options: Partial<Row> = {}): Row[] => {
  const path = sharedData(`profiles/${name}.json`)
  if (path === undefined) return []
  // moby's example has an errno that no kernel answers with: runc refuses it, as a test below shows.
  const text = readFileSync(path, 'utf8').replace('"errnoRet": 12345', '"errnoRet": 1234')
  const profile = parseProfileText(text)
  const title = [`${name}.json`, ...words(options)].join(' ')
  if (!options.noNewPrivileges) return [{ title, profile, text, ...options }]
  return [{ title: `${title}, with what a start needs`, profile: startable(profile), ...options }]
}

const words = ({ add = [], drop }: Partial<Row>): string[] => [
  ...(drop ? [`--cap-drop=${drop}`] : []),
  ...add.map((name) => `--cap-add=${name}`),
]

const audit: Profile = { defaultAction: 'SCMP_ACT_LOG', syscalls: [] }
const violation: Profile = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] }

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1)

const powers = ['SYS_ADMIN', 'SYS_PTRACE', 'SYSLOG']
const incomplete = { noNewPrivileges: true }
const rows: readonly Row[] = [
  preset('docker-default'),
  preset('docker-default', { drop: 'ALL' }),
  preset('docker-default', { add: powers }),
  preset('podman-default'),
  ...published('moby-default'),
  ...published('moby-default', { drop: 'ALL', add: ['SYS_CHROOT'] }),
  ...published('moby-default', { add: powers }),
  ...published('moby-default-old-format'),
  ...published('podman-default'),
  { title: "the Kubernetes tutorial's audit.json", profile: audit },
  {
    title: "the Kubernetes tutorial's violation.json, with what a start needs",
    profile: startable(violation),
    ...incomplete,
  },
  ...published('moby-example', incomplete),
  ...published('moby-conditional_include', incomplete),
  ...published('moby-conditional_include', { ...incomplete, add: powers }),
  ...(process.platform === 'linux' ? SEEDS : []).map((seed) => ({
    title: `generated profile ${seed}`,
    profile: generatedProfile(seed, target({})),
    ...incomplete,
  })),
]
if (!sharedData('profiles')) console.log('skipped: published profiles, because the shared data is not here')

/** What starts the containers, what a profile looks like to it, and why it can't be had. */
const runtimes = [
  {
    name: 'Docker',
    make: dockerRuntime,
    missing: await engineMissing(),
    versions: async () => ({
      engine: (await docker(['version', '--format', '{{.Server.Version}}'], 20_000)).trim(),
      runc: await runcVersion(),
    }),
    write: ({ text, profile }: Row) => text ?? formatProfile(profile),
  },
  {
    name: 'runc',
    make: runcRuntime,
    missing: runcMissing(),
    versions: async () => ({ engine: undefined, runc: await runcVersion() }),
    write: (row: Row) => ociText(row.profile, target(row)),
  },
]

const isOlder = (version: string, than: readonly number[]): boolean => {
  const parts = version.match(/\d+/g)!.map(Number)
  const place = than.findIndex((part, index) => parts[index] !== part)
  return place >= 0 && (parts[place] ?? 0) < than[place]!
}

/** For a message: the call that a filter and our policy disagree on. */
const difference = (program: Program, policy: Policy): string | undefined => {
  const proof = prove(program, policy)
  if (proof.result === 'proved') return undefined
  if (proof.result === 'undecided') return proof.reason
  const { arch } = nameCall(proof.call)
  const [installed, ours] = [proof.filter, proof.policy].map((verdict) => formatVerdict(verdict, arch))
  return `${arch} ${formatCall(proof.call)}: ${installed} is installed, ${ours} is our policy`
}

describe.each(runtimes)('$name', ({ name, make, missing, write, versions }) => {
  // A developer may lack either; CI has no excuse.
  const skip = !filtersShown || (missing !== undefined && !process.env['CI'])
  if (skip) console.log(`skipped: what ${name} installs, because ${missing ?? 'filters are not shown here'}`)

  describe.skipIf(skip)('installs our policy', () => {
    let runtime: Runtime
    let reading: Reading
    let proofOfNames: Proof
    let doors: readonly Door[]
    let documented: readonly RealCall[]
    beforeAll(async () => {
      if (missing) throw new Error(`${name} can't be tested: ${missing}`)
      runtime = await make()
      const asked = await readingOf(runtime, target({}))
      reading = asked.reading
      proofOfNames = asked.proof
      doors = (await openDoors()).doors
      documented = documentedCalls(doors)
    }, 120_000)
    afterAll(() => runtime?.remove(), 60_000)

    /** What the kernel says to the documented calls without a filter, by the container's other options. */
    const unfiltered = new Map<string, Promise<number[]>>()
    const unfilteredErrnos = ({ title: _, profile, text, ...options }: Row): Promise<number[]> => {
      const key = JSON.stringify(options)
      const steps = documented.map(({ step }) => step)
      const errnosWithout =
        unfiltered.get(key) ?? runtime.within({ ...options, steps }, ({ output }) => errnos(output))
      unfiltered.set(key, errnosWithout)
      return errnosWithout
    }

    test('with our number for every name that its libseccomp knows, on every architecture', () => {
      const lacking = new Set(reading.unknown.map((each) => each.split(' ')[1]))
      console.log(`${name}'s libseccomp lacks ${[...lacking].join(', ') || 'no name'}`)
      expect(proofOfNames).toMatchObject({ result: 'proved' })
      // 2.5.4 lacks 18 of today's; where many more are left out, this would be a test of little.
      expect(lacking.size).toBeLessThan(60)
    })

    test('but for what only old versions are known for', async () => {
      const { engine, runc } = await versions()
      const { losesDefaultErrno, needsArchitectures } = reading
      console.log(`${name}: ${JSON.stringify({ engine, runc, losesDefaultErrno, needsArchitectures })}`)
      if (losesDefaultErrno) expect(engine && isOlder(engine, [23, 0, 0])).toBe(true)
      if (needsArchitectures) expect(isOlder(runc, [1, 1, 15])).toBe(true)
    })

    test.concurrent.for(rows.map((row) => [row.title, row] as const))('for %s', async ([, row]) => {
      const profile = write(row)
      const policy = policyFor(parseProfileText(profile), target(row), reading)
      const control = await unfilteredErrnos(row)
      const asked = [
        ...documented.map((call, index) => ({ call, errno: expectedErrno(policy, call, control[index]!) })),
        ...edgeCalls(policy, doors).map((call) => ({ call, errno: expectedErrno(policy, call, 0) })),
      ].filter(({ errno }) => errno !== undefined)
      expect(asked).not.toEqual([])
      const steps = asked.map(({ call }) => call.step)
      await runtime.within({ ...row, profile, steps }, ({ pid, output }) => {
        const { capabilities, threads } = processStatus(pid)
        expect(capabilities.bounding).toEqual(target(row).capabilities)
        expect(threads).toMatchObject([
          { mode: 'filter', filters: 1, noNewPrivileges: row.noNewPrivileges === true },
        ])
        expect(installedIn(pid).map((program) => difference(program, policy))).toEqual([undefined])
        const answers = errnos(output)
        const line = ({ call }: (typeof asked)[number], errno: number | undefined): string =>
          `${call.title}, ${verdictText(policy, call)}: ${errno}`
        expect(asked.map((each, index) => line(each, answers[index]))).toEqual(
          asked.map((each) => line(each, each.errno)),
        )
      })
    })

    test.concurrent.for(['SCMP_ACT_KILL', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_TRAP'] as const)(
      'and %s ends the container by SIGSYS',
      async (action) => {
        const syscalls = [{ names: ['getppid'], action, args: [] }]
        const profile = formatProfile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls })
        const steps = [callStep('native', numberOf(native, 'getppid')!, [])]
        const SIGNALLED = 128 + os.signals.SIGSYS
        await expect(
          runtime.within({ profile, noNewPrivileges: true, steps }, () => 'stayed'),
        ).rejects.toThrow(`ended with ${SIGNALLED}`)
      },
    )

    test.concurrent('and refuses an errno above the largest, as we do', async () => {
      const text = JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['syslog'], action: 'SCMP_ACT_ERRNO', errnoRet: 12_345 }],
      })
      expect(() => parseProfileText(text)).toThrow(/at most 4095/)
      await expect(runtime.within({ profile: text, steps: [] }, () => 'started')).rejects.toThrow(/syslog/)
    })

    test.concurrent('and refuses two actions for the same condition, as we do', async () => {
      const args = [{ index: 0, value: 0, valueTwo: 0, op: 'SCMP_CMP_EQ' }]
      const text = JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: ['SCMP_ACT_ERRNO', 'SCMP_ACT_LOG'].map((action) => ({ names: ['syslog'], action, args })),
      })
      expect(() => resolvePolicy(parseProfileText(text), target({}), 'runc')).toThrow(/syslog/)
      await expect(runtime.within({ profile: text, steps: [] }, () => 'started')).rejects.toThrow(/syslog/)
    })

    test.concurrent("and starts nothing under the tutorial's violation.json, as we say", async () => {
      const policy = resolvePolicy(violation, target({}), 'runc')
      expect(formatVerdict(evaluate(policy, parseCall('execve', [], policy.target.arch)))).toBe(
        'ERRNO(EPERM)',
      )
      const container = { profile: formatProfile(violation), noNewPrivileges: true, steps: [] }
      await expect(runtime.within(container, () => 'started')).rejects.toThrow(/ended with/)
    })
  })
})
