import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratch } from '../cli/scratch.ts'
import { execute, type Options, type Result, seccomp } from '../cli/seccomp.ts'
import { sharedData } from '../shared-data.ts'
import { canFilter } from './victims.ts'

const moby = sharedData('profiles/moby-default.json')
if (!moby) console.log("skipped: moby's own file, because ../shared/data is not there; the preset equals it")
const profiles = ['docker-default', ...(moby ? [moby] : [])]

const run = (args: readonly string[], options?: Options): Promise<Result> =>
  seccomp(['run', ...args], options)
const node = (script: string): string[] => ['--', process.execPath, '-e', script]

/** Everything is allowed but `names`, which get `action`. */
const blocking = (names: readonly string[], more: object): string =>
  JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names, ...more }] })
const EPROTO = 71
const mkdir = ['mkdir', 'mkdirat']

describe.runIf(canFilter)('seccomp run', () => {
  test.each(profiles)('denies unshare under %s, and lets Node work', async (profile) => {
    const denied = await run(['--profile', profile, '--', 'unshare', '-U', 'true'])
    expect(denied.code).toBe(1)
    expect(denied.stderr).toBe('unshare: unshare failed: Operation not permitted\n')
    const allowed = await run(['--profile', profile, ...node('console.log(1)')])
    expect(allowed).toMatchObject({ code: 0, stdout: '1\n', stderr: '' })
  })

  test.each([
    ['--profile', 'p.json'],
    ['--security-opt', 'seccomp=p.json'],
  ])('puts the profile of %s %s in force', async (...flags) => {
    const cwd = scratch({ 'p.json': blocking(mkdir, { action: 'SCMP_ACT_ERRNO', errnoRet: EPROTO }) })
    const { code, stderr } = await run([...flags, '--', 'mkdir', 'made'], { cwd, env: { LC_ALL: 'C' } })
    expect(code).toBe(1)
    expect(stderr).toContain('Protocol error')
    expect(existsSync(join(cwd, 'made'))).toBe(false)
  })

  test('takes docker-default when no profile is named, and no filter for unconfined', async () => {
    const state = async (command: Promise<Result>): Promise<string[]> =>
      (await command).stdout.match(/^(NoNewPrivs|Seccomp\w*):.*$/gm) ?? []
    const status = ['cat', '/proc/self/status']
    const [own, byDefault, unconfined] = await Promise.all([
      state(execute('cat', ['/proc/self/status'])),
      state(run(['--', ...status])),
      state(run(['--profile', 'unconfined', '--', ...status])),
    ])
    expect(byDefault).toContain('Seccomp:\t2')
    expect(byDefault).toContain('NoNewPrivs:\t1')
    expect(unconfined).toEqual(own)
  })

  test('opens the gates that --caps names', async () => {
    const gated = { action: 'SCMP_ACT_ERRNO', excludes: { caps: ['CAP_SYS_BOOT'] } }
    const cwd = scratch({ 'p.json': blocking(mkdir, gated) })
    const make = async (caps: string, name: string): Promise<boolean> => {
      await run(['--profile', 'p.json', '--caps', caps, '--', 'mkdir', name], { cwd })
      return existsSync(join(cwd, name))
    }
    expect(await make('none', 'a')).toBe(false)
    expect(await make('docker', 'b')).toBe(false)
    expect(await make('docker,SYS_BOOT', 'c')).toBe(true)
    expect(await make('all', 'd')).toBe(true)
  })

  test('gives a denied call the answer of --on-violation', async () => {
    const cwd = scratch({ 'p.json': blocking(mkdir, { action: 'SCMP_ACT_KILL_PROCESS' }) })
    const make = (answer: string): Promise<Result> =>
      run(['--profile', 'p.json', '--on-violation', answer, '--', 'mkdir', answer], {
        cwd,
        env: { LC_ALL: 'C' },
      })
    expect(await make('errno')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Operation not permitted'),
    })
    expect((await make('kill')).code).toBe(128 + 31)
    expect((await make('log')).code).toBe(0)
    expect(['errno', 'kill', 'log'].filter((name) => existsSync(join(cwd, name)))).toEqual(['log'])
  })

  test('says what is worth knowing about the profile only when asked', async () => {
    expect((await run(['true'])).stderr).toBe('')
    expect((await run(['--verbose', 'true'])).stderr).toMatch(/^warning: docker-default /)
  })
})

describe.runIf(canFilter)('seccomp run does not run the command when', () => {
  const marker = ['--', 'touch', 'marker']
  const files = { 'text.json': 'not JSON', 'bad.json': '{"defaultAction":"SCMP_ACT_ALOW","syscalls":[]}' }

  test.each([
    [
      'the profile does not exist',
      ['--profile', 'missing.json', ...marker],
      2,
      /no such profile file: "missing\.json"/,
    ],
    ['the profile can not be read', ['--profile', 'folder', ...marker], 2, /can't read the profile "folder"/],
    ['the profile is not JSON', ['--profile', 'text.json', ...marker], 2, /^seccomp: text\.json:1:1: /],
    ['the profile is malformed', ['--profile', 'bad.json', ...marker], 2, /bad\.json:1:18: .*SCMP_ACT_ALLOW/],
    [
      'two profiles are named',
      ['--profile', 'a', '--security-opt', 'seccomp=b', ...marker],
      2,
      /give one of them/,
    ],
    ['an option is for another module', ['--security-opt', 'label=disable', ...marker], 2, /label=disable/],
    [
      'no-new-privileges has no filter to come with',
      ['--profile', 'unconfined', '--security-opt', 'no-new-privileges', ...marker],
      2,
      /setpriv/,
    ],
    [
      'its answer to violations is unknown',
      ['--on-violation', 'deny', ...marker],
      2,
      /errno, kill, log; not "deny"/,
    ],
    [
      'a signal would take a handler, which no command has',
      ['--on-violation', 'trap', ...marker],
      2,
      /SECCOMP_ON_VIOLATION=trap/,
    ],
    ['a capability is unknown', ['--caps', 'ROOT', ...marker], 2, /CAP_ROOT/],
  ])('%s', async (_, args, code, message) => {
    const cwd = scratch(files)
    mkdirSync(join(cwd, 'folder'))
    const result = await run(args, { cwd })
    expect(result.code).toBe(code)
    expect(result.stderr).toMatch(message)
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(existsSync(join(cwd, 'marker'))).toBe(false)
  })

  test('no command is given', async () => {
    expect(await run([])).toMatchObject({ code: 2, stderr: "seccomp: missing required argument 'command'\n" })
    expect(await run(['--', ''])).toMatchObject({ code: 2 })
  })

  test('the profile asks for a listener, or the kernel refuses its flags', async () => {
    const killable =
      '{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],"syscalls":[]}'
    const cwd = scratch({
      'notify.json': blocking(['mkdir'], { action: 'SCMP_ACT_NOTIFY' }),
      'flags.json': killable,
    })
    for (const profile of ['notify.json', 'flags.json']) {
      const { code, stderr } = await run(['--profile', profile, ...marker], { cwd })
      expect(code).toBe(78)
      expect(stderr).toMatch(/^seccomp: .*nothing was run\n$/)
      expect(existsSync(join(cwd, 'marker'))).toBe(false)
    }
  })
})

describe.runIf(canFilter)('seccomp run passes through', () => {
  test.each([0, 1, 2, 78, 125, 255])('exit code %i', async (code) => {
    expect(await run(['--', 'sh', '-c', `exit ${code}`])).toMatchObject({ code, stdout: '', stderr: '' })
  })

  test.each([
    ['TERM', 143],
    ['KILL', 137],
    ['INT', 130],
  ])('death by SIG%s as %i', async (name, code) => {
    expect(await run(['--', 'sh', '-c', `kill -${name} $$`])).toMatchObject({ code, stderr: '' })
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const)(
    'the signal %s',
    async (signal) => {
      const script = `process.on('${signal}', () => { console.log('got'); process.exit(3) })
        console.log('ready'); setInterval(() => {}, 1000)`
      const result = await run(node(script), {
        meanwhile: (child) => child.stdout?.once('data', () => child.kill(signal)),
      })
      expect(result).toMatchObject({ code: 3, stdout: 'ready\ngot\n' })
    },
  )

  test('arguments as they are, also those that look like its own', async () => {
    const odd = ['', ' ', 'a b', 'new\nline', 'ü', '--profile', '--', '-h', '$HOME', '*']
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))'
    const { stdout } = await run([...node(script), '--', ...odd])
    expect(JSON.parse(stdout)).toEqual(odd)
    const bare = await run(['echo', '--version', '--json', '--', '-x'])
    expect(bare.stdout).toBe('--version --json -- -x\n')
  })

  test('the environment and the working folder', async () => {
    const cwd = scratch()
    const { stdout } = await run(['--', 'sh', '-c', 'echo "$WORD"; pwd -P'], {
      cwd,
      env: { WORD: 'as it was' },
    })
    expect(stdout).toMatch(/^as it was\n\/.*seccomp-test-\w+\n$/)
  })

  test('standard input, and output of any size', async () => {
    const input = Buffer.alloc(3_000_000, 'seccomp ')
    const { code, bytes } = await run(['--', 'cat'], { input })
    expect(code).toBe(0)
    expect(bytes.equals(input)).toBe(true)
  })

  test('standard error', async () => {
    expect((await run(['--', 'sh', '-c', 'echo oops >&2'])).stderr).toBe('oops\n')
  })

  test('no descriptor of its own', async () => {
    const [plain, filtered] = await Promise.all([
      execute('ls', ['/proc/self/fd']),
      run(['--', 'ls', '/proc/self/fd']),
    ])
    expect(filtered.stdout).toBe(plain.stdout)
  })
})

describe.runIf(canFilter)('seccomp run answers as env(1) when', () => {
  test.each(['docker-default', 'unconfined'])(
    'the command is not there, or no program, under %s',
    async (profile) => {
      const cwd = scratch({ 'data.txt': 'no program' })
      // A folder in PATH that can't be searched would make it 126, as it does for env(1).
      const env = { PATH: '/usr/bin:/bin' }
      const missing = await run(['--profile', profile, '--', 'no-such-command'], { env })
      expect(missing.code).toBe(127)
      expect(missing.stderr).toMatch(/^seccomp: .no-such-command.: no such file or directory\n$/i)
      const data = await run(['--profile', profile, '--', './data.txt'], { cwd })
      expect(data.code).toBe(126)
      expect(data.stderr).toMatch(/^seccomp: .\.\/data\.txt.: permission denied\n$/i)
    },
  )

  test('the filter kills the command, and says so', async () => {
    const cwd = scratch({ 'kill.json': blocking(mkdir, { action: 'SCMP_ACT_KILL' }) })
    const { code, stderr } = await run(['--profile', 'kill.json', '--', 'mkdir', 'made'], { cwd })
    expect(code).toBe(128 + 31)
    expect(stderr).toMatch(/^seccomp: "mkdir" was killed by the filter \(SIGSYS\).*kill\.json/)
    expect(existsSync(join(cwd, 'made'))).toBe(false)
  })
})
