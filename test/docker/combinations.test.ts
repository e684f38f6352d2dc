import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { constants as os, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { readFilters } from '../../lib/kernel/dump.ts'
import { parseThreadStatus, processStatus } from '../../lib/kernel/status.ts'
import { launcherArguments, launcherPath } from '../../lib/process/spawn/launcher.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { dockerCapabilities } from '../../lib/syscalls/capabilities.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { type BlockedCall, blockedCalls } from '../container/blocked-calls.ts'
import { MARK } from '../container/evidence.ts'
import { attempts, name, native } from '../container/observe.ts'
import { filtersShown } from '../kernel/filters-shown.ts'
import { docker, engineMissing } from './engine.ts'
import { callStep, errnos, RESIDENT } from './resident.ts'
import { scratchImage, withinDocker } from './runtime.ts'

/** Options of `docker run` that change what a process may, each on or off. */
interface Options {
  readonly user: boolean
  readonly capDrop: boolean
  readonly readOnly: boolean
  readonly networkNone: boolean
  readonly noNewPrivileges: boolean
  readonly seccomp: 'default' | 'profile' | 'unconfined'
}

/** An orthogonal array: of any two options, all four settings occur. Besides, everything at once, and no filter. */
const combinations: readonly Options[] = [
  ...Array.from({ length: 8 }, (_, row): Options => {
    const [a, b, c] = [(row & 4) !== 0, (row & 2) !== 0, (row & 1) !== 0]
    return {
      user: a,
      capDrop: b,
      readOnly: c,
      networkNone: a !== b,
      noNewPrivileges: a !== c,
      seccomp: b !== c ? 'profile' : 'default',
    }
  }),
  ...(['default', 'unconfined'] as const).map((seccomp) => ({
    user: true,
    capDrop: true,
    readOnly: true,
    networkNone: true,
    noNewPrivileges: true,
    seccomp,
  })),
]

const blocked = attempts(blockedCalls, ['native'])

/** A profile that refuses the same calls as Docker's, with an errno that tells it from Docker's. */
const given: Profile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [
    {
      names: [...new Set(blocked.map(({ call }) => call.name))].filter((each) => each !== 'clone'),
      action: 'SCMP_ACT_ERRNO',
      errnoRet: MARK,
      args: [],
    },
  ],
}

/** What a program in the container takes upon itself. It refuses one call that Docker allows and one that both refuse. */
const OWN = { getppid: MARK + 1, acct: MARK + 2 }
const own: Profile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: Object.entries(OWN).map(([call, errnoRet]) => ({
    names: [call],
    action: 'SCMP_ACT_ERRNO',
    errnoRet,
    args: [],
  })),
}

const AT_FDCWD = -100
const call = (syscall: string, ...args: (number | string)[]): string =>
  callStep('native', numberOf(native, syscall)!, args)
const mountCall = blocked.find((each) => each.call.name === 'mount')!

const before = [
  'print /proc/self/status',
  call('getpid'),
  call('getppid'),
  call('mkdirat', AT_FDCWD, '/made', 0o700),
  ...blocked.map((each) => callStep('native', each.number, each.call.args)),
]
const after = [
  'print /proc/self/status',
  call('getpid'),
  call('getppid'),
  call('acct', 1),
  callStep('native', mountCall.number, mountCall.call.args),
]

/** What Docker's filter, or the given one, answers to a call that it refuses. */
const refusal = ({ seccomp }: Options, call: BlockedCall): [string, number] => {
  const allowed = seccomp === 'profile' && !given.syscalls[0]!.names.includes(call.name)
  return [name(call), allowed ? os.errno.EINVAL : seccomp === 'profile' ? MARK : os.errno.EPERM]
}

const title = ({ user, capDrop, readOnly, networkNone, noNewPrivileges, seccomp }: Options): string =>
  [
    ...(user ? ['--user 1000'] : []),
    ...(capDrop ? ['--cap-drop ALL'] : []),
    ...(readOnly ? ['--read-only'] : []),
    ...(networkNone ? ['--network none'] : ['--network host']),
    ...(noNewPrivileges ? ['no-new-privileges'] : []),
    `seccomp=${seccomp}`,
  ].join(' ')

const missing = await engineMissing()
const skip = !filtersShown || (missing !== undefined && !process.env['CI'])
if (skip)
  console.log(`skipped: Docker's options together, because ${missing ?? 'filters are not shown here'}`)

describe.skipIf(skip)("Docker's options, together", () => {
  let scratch: string | undefined
  let profileFile: string
  const filter = compile(own, { arch: native, kernel: '6.18', capabilities: 'docker' })
  let image: string
  beforeAll(async () => {
    if (missing) throw new Error(`Docker can't be tested: ${missing}`)
    scratch = mkdtempSync(join(tmpdir(), 'seccomp-combinations-'))
    profileFile = join(scratch, 'profile.json')
    writeFileSync(profileFile, formatProfile(given))
    image = await scratchImage({ launcher: readFileSync(launcherPath()), 'filter.bpf': filter.bytes })
  }, 120_000)
  afterAll(async () => {
    if (scratch) rmSync(scratch, { recursive: true, force: true })
    if (image) await docker(['image', 'rm', '--force', image], 60_000)
  }, 60_000)

  const dockerOptions = (options: Options): string[] => [
    ...(options.user ? ['--user=1000'] : []),
    ...(options.capDrop ? ['--cap-drop=ALL'] : []),
    ...(options.readOnly ? ['--read-only'] : []),
    `--network=${options.networkNone ? 'none' : 'host'}`,
    ...(options.noNewPrivileges ? ['--security-opt=no-new-privileges'] : []),
    ...(options.seccomp === 'unconfined' ? ['--security-opt=seccomp=unconfined'] : []),
    ...(options.seccomp === 'profile' ? [`--security-opt=seccomp=${profileFile}`] : []),
  ]

  test.concurrent.for(combinations.map((options) => [title(options), options] as const))(
    'leave both filters in force: %s',
    async ([, options]) => {
      const launch = launcherArguments({ filterFd: 3, file: RESIDENT, args: after })
      const steps = [...before, call('openat', AT_FDCWD, '/filter.bpf', 0), 'run', '/launcher', ...launch]
      const args = [...dockerOptions(options), image, RESIDENT, ...steps]
      await withinDocker(`seccomp-test-${randomUUID()}`, args, ({ pid, output }) => {
        const dockers = options.seccomp === 'unconfined' ? 0 : 1
        const [outside, inside] = output.split(/^(?=Name:)/m) as [string, string]
        expect(parseThreadStatus(1, outside)).toMatchObject({
          mode: dockers > 0 ? 'filter' : 'disabled',
          filters: dockers,
          noNewPrivileges: options.noNewPrivileges,
        })
        expect(parseThreadStatus(1, inside)).toMatchObject({
          mode: 'filter',
          filters: dockers + 1,
          noNewPrivileges: true,
        })
        const [getpid, getppid, mkdirat, ...rest] = errnos(outside)
        const made = options.readOnly ? os.errno.EROFS : options.user ? os.errno.EACCES : 0
        expect({ getpid, getppid, mkdirat }).toEqual({ getpid: 0, getppid: 0, mkdirat: made })
        const refused = new Map(blocked.map((each, index) => [name(each.call), rest[index]!]))
        if (dockers > 0) expect(refused).toEqual(new Map(blocked.map(({ call }) => refusal(options, call))))
        else expect([...refused.values()]).not.toContain(MARK)
        // Of two errnos the newer filter's counts (seccomp(2)).
        expect(errnos(inside)).toEqual([0, OWN.getppid, OWN.acct, refused.get('mount')])

        const { uid, capabilities } = processStatus(pid)
        expect(uid).toBe(options.user ? 1000 : 0)
        expect(capabilities.bounding).toEqual(options.capDrop ? [] : dockerCapabilities)
        expect(capabilities.effective).toEqual(options.capDrop || options.user ? [] : dockerCapabilities)
        const shared = readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')
        expect(shared).toBe(!options.networkNone)
        const filters = readFilters(pid).flatMap((each) => each.filters)
        expect(filters).toHaveLength(dockers + 1)
        expect(Buffer.from(filters.at(-1)!.bytes)).toEqual(Buffer.from(filter.bytes))
      })
    },
  )
})
