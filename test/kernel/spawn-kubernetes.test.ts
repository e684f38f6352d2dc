import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync } from '../../lib/index.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { scratch } from '../cli/scratch.ts'
import { seccomp } from '../cli/seccomp.ts'
import { canFilter } from './victims.ts'

const own = canFilter ? (processStatus().threads[0]!.filters ?? 0) : 0
/** Prints the number of its filters; Node, because a small image has nothing else. */
const COUNT =
  "console.log(/Seccomp_filters:\\t(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))?.[1])"
const count = ['-e', COUNT] as const
const filters = (stdout: unknown): number => Number(String(stdout)) - own
const outputOf = async (child: ChildProcess): Promise<string> => {
  let text = ''
  child.stdout!.on('data', (chunk) => {
    text += chunk
  })
  await once(child, 'close')
  return text
}
const knowsCounts = canFilter && processStatus().threads[0]!.filters !== null
if (canFilter && !knowsCounts)
  console.log('skipped: counting filters, which this kernel does not tell (Linux 5.9)')

afterEach(() => {
  delete process.env['SECCOMP_DEFAULT']
  delete process.env['SECCOMP_LOCALHOST_ROOT']
})

describe.runIf(knowsCounts)("Kubernetes' words where a profile is", () => {
  const root = (): string => {
    const home = scratch()
    mkdirSync(join(home, 'seccomp/profiles'), { recursive: true })
    writeFileSync(join(home, 'seccomp/profiles/audit.json'), '{"defaultAction": "SCMP_ACT_LOG"}')
    writeFileSync(join(home, 'outside.json'), '{"defaultAction": "SCMP_ACT_LOG"}')
    symlinkSync('../outside.json', join(home, 'seccomp/escape.json'))
    return join(home, 'seccomp')
  }

  test('spawn starts under them', () => {
    process.env['SECCOMP_LOCALHOST_ROOT'] = root()
    for (const [source, expected] of [
      ['RuntimeDefault', 1],
      [{ type: 'RuntimeDefault' }, 1],
      ['localhost/profiles/audit.json', 1],
      [{ type: 'Localhost', localhostProfile: 'profiles/audit.json' }, 1],
      ['Unconfined', 0],
      [{ type: 'Unconfined' }, 0],
    ] as const) {
      const { stdout } = spawnSync(process.execPath, count, { seccomp: source })
      expect(filters(stdout), JSON.stringify(source)).toBe(expected)
    }
  })

  test('a Localhost profile that changes is read anew', () => {
    const folder = root()
    process.env['SECCOMP_LOCALHOST_ROOT'] = folder
    const run = () =>
      spawnSync(process.execPath, ['-p', "require('fs').mkdirSync(process.argv[1])", join(folder, 'made')], {
        seccomp: 'localhost/profiles/audit.json',
        encoding: 'utf8',
      })
    writeFileSync(
      join(folder, 'profiles/audit.json'),
      '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}',
    )
    expect(run().stderr).toContain('EPERM')
    writeFileSync(join(folder, 'profiles/audit.json'), '{"defaultAction": "SCMP_ACT_ALLOW"}')
    expect(run().status).toBe(0)
  })

  test('nothing starts where a Localhost profile is missing or leads out of its folder', () => {
    const folder = root()
    process.env['SECCOMP_LOCALHOST_ROOT'] = folder
    const mark = join(folder, 'started')
    for (const [localhostProfile, code] of [
      ['profiles/none.json', 'ERR_PROFILE_NOT_FOUND'],
      ['escape.json', 'ERR_PROFILE_UNREADABLE'],
      ['../outside.json', 'ERR_USAGE'],
    ] as const) {
      const options = { seccomp: { type: 'Localhost', localhostProfile } }
      const args = ['-e', `require('fs').writeFileSync(${JSON.stringify(mark)}, '')`]
      for (const start of [
        () => spawn(process.execPath, args, options),
        () => spawnSync(process.execPath, args, options),
        () => execFileSync(process.execPath, args, options),
        () => fork(mark, [], options),
      ])
        expect(start).toThrow(expect.objectContaining({ code }))
    }
    expect(existsSync(mark)).toBe(false)
  })

  test('seccomp run takes them', async () => {
    const env = { SECCOMP_LOCALHOST_ROOT: root() }
    for (const [options, expected] of [
      [['--profile', 'RuntimeDefault'], 1],
      [['--profile', 'localhost/profiles/audit.json'], 1],
      [['--security-opt', 'seccomp=localhost/profiles/audit.json'], 1],
      [['--profile', 'Unconfined'], 0],
    ] as const) {
      const { stdout, stderr } = await seccomp(['run', ...options, '--', process.execPath, ...count], { env })
      expect(stderr).toBe('')
      expect(filters(stdout), options.join(' ')).toBe(expected)
    }
    const missing = await seccomp(
      ['run', '--profile', 'localhost/none.json', '--', process.execPath, ...count],
      { env },
    )
    expect(missing).toMatchObject({ code: 2, stdout: '' })
    expect(missing.stderr).toContain('there is no Localhost profile "none.json" below')
  })
})

describe.runIf(knowsCounts)('SECCOMP_DEFAULT', () => {
  const script = join(import.meta.dirname, 'victims/filters.cjs')

  /** Every way to start a program without naming a profile, with and without options and a callback. */
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    spawn: () => outputOf(spawn(process.execPath, [...count])),
    'spawn with options': () => outputOf(spawn(process.execPath, [...count], { cwd: '/' })),
    spawnSync: async () => spawnSync(process.execPath, [...count]).stdout,
    execFile: () =>
      new Promise((done) => execFile(process.execPath, [...count], (_error, stdout) => done(stdout))),
    'promisified execFile': async () => (await promisify(execFile)(process.execPath, [...count])).stdout,
    execFileSync: async () => execFileSync(process.execPath, [...count]),
    fork: () =>
      new Promise((done) => {
        const child = fork(script)
        child.once('message', done)
      }),
  }
  const shellWays: typeof ways = {
    exec: () => new Promise((done) => exec(`"$NODE" ${script}`, (_error, stdout) => done(stdout))),
    'exec with options': () =>
      new Promise((done) => exec(`"$NODE" ${script}`, { cwd: '/' }, (_error, stdout) => done(stdout))),
    'promisified exec': async () => (await promisify(exec)(`"$NODE" ${script}`)).stdout,
    execSync: async () => execSync(`"$NODE" ${script}`),
  }
  process.env['NODE'] = process.execPath
  const all = { ...ways, ...(existsSync('/bin/sh') ? shellWays : {}) }
  if (!existsSync('/bin/sh')) console.log('skipped: SECCOMP_DEFAULT with exec, for want of /bin/sh')

  test.each(Object.entries(all))('1 gives docker-default to %s', async (name, start) => {
    process.env['SECCOMP_DEFAULT'] = '1'
    // fork starts Node under a filter against io_uring first.
    expect(filters(await start())).toBe(name === 'fork' ? 2 : 1)
  })

  test.each(Object.entries(all))('0 leaves %s to Node', async (_, start) => {
    process.env['SECCOMP_DEFAULT'] = '0'
    expect(filters(await start())).toBe(0)
  })

  test('what a call says itself counts', () => {
    process.env['SECCOMP_DEFAULT'] = 'true'
    expect(filters(spawnSync(process.execPath, count, { seccomp: 'unconfined' }).stdout)).toBe(0)
    expect(() => spawnSync(process.execPath, count, { seccomp: undefined } as object)).toThrow(
      'seccomp is undefined',
    )
  })

  test.each(['yes', '2', 'docker-default', 'TRUE'])('%s is refused, and nothing starts', (value) => {
    process.env['SECCOMP_DEFAULT'] = value
    for (const start of [
      () => spawn(process.execPath, [...count]),
      () => spawnSync(process.execPath, [...count]),
      () => execSync('true'),
      () => exec('true'),
      () => fork(script),
    ])
      expect(start).toThrow(
        expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining(value) }),
      )
  })
})
