import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratch } from '../cli/scratch.ts'
import { canFilter } from '../kernel/victims.ts'
import { installedNode, majors } from './nodes.ts'

/** seccomp/register, on every Node that is there. */
const nodes = (canFilter ? majors : [])
  .map((major) => ({ major, node: installedNode(major) }))
  .filter(({ node }) => node !== undefined)

const register = new URL('../../dist/process/register.js', import.meta.url).href
const app = join(import.meta.dirname, 'staged/app.mjs')
const profile = (...names: readonly string[]): string =>
  join(
    scratch({
      'p.json': JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names, action: 'SCMP_ACT_ERRNO', errno: 'EACCES' }],
      }),
    }),
    'p.json',
  )

const makeFolders = (): string =>
  join(
    scratch({
      'make.cjs': `const make = () => {
      try { require('node:fs').mkdirSync(__dirname + '/made'); return 'made' } catch ({ code }) { return code }
    }
    const ours = Object.keys(process.env).filter((name) => name.startsWith('SECCOMP_'))
    console.log(make(), make(), ...process.execArgv, ...ours)`,
    }),
    'make.cjs',
  )

/** Without what these tests themselves are told by: SECCOMP_ALL_NODES, SECCOMP_SEED. */
const surroundings = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('SECCOMP_')),
)

interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const play = (node: string, env: Readonly<Record<string, string>>, args: readonly string[]) =>
  spawnSync(node, args, {
    ...{ encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL', env: { ...surroundings, ...env } },
  })

const run = (node: string, env: Readonly<Record<string, string>>, ...options: readonly string[]): Run => {
  const { status, stdout, stderr } = play(node, env, [...options, app, 'a b'])
  return { status, stdout, stderr }
}

const found = (ran: Run): Record<string, unknown> => {
  expect(ran).toMatchObject({ status: 0, stderr: '' })
  return JSON.parse(ran.stdout) as Record<string, unknown>
}

describe.each(nodes)('register on Node $major', ({ node }) => {
  test('puts a program that knows nothing of it under the profile, and leaves no trace', () => {
    const ran = run(node!, { SECCOMP_PROFILE: 'docker-default' }, '--import', register, '--no-warnings')
    const { filters, ...rest } = found(ran)
    expect(rest).toEqual({ args: ['a b'], execArgv: ['--no-warnings'], ours: [], rings: 0, child: 'alive' })
    expect(Number(filters)).toBeGreaterThanOrEqual(1)
  })

  test('does so for a profile that lets no file be opened', () => {
    const strict = profile('open', 'openat', 'openat2', 'execve')
    expect(found(run(node!, { SECCOMP_PROFILE: strict }, `--import=${register}`))).toEqual({
      ...{ args: ['a b'], execArgv: [], ours: [] },
      ...{ filters: 'EACCES', rings: 'EACCES', child: 'EACCES' },
    })
  })

  test('has Node children look for it if asked, and takes NODE_OPTIONS', () => {
    const env = { SECCOMP_PROFILE: 'docker-default', SECCOMP_INHERIT: '1' }
    const NODE_OPTIONS = `--no-warnings --import "${register}"`
    expect(found(run(node!, { ...env, NODE_OPTIONS }))).toMatchObject({
      nodeOptions: `--no-warnings --import ${register}`,
      ours: ['SECCOMP_PROFILE', 'SECCOMP_INHERIT', 'SECCOMP_ENFORCED'],
      child: 'alive',
    })
  })

  test('has SECCOMP_ON_VIOLATION=trap tell of each kind of denied call, once', () => {
    // Where rings are open, refusing io_uring takes executing the program anew.
    const trapped = profile('io_uring_setup', 'io_uring_enter', 'mkdir', 'mkdirat')
    const env = { SECCOMP_PROFILE: trapped, SECCOMP_ON_VIOLATION: 'trap', NODE_OPTIONS: '' }
    const ran = play(node!, env, ['--import', register, '--no-warnings', makeFolders()])
    expect(ran).toMatchObject({ status: 0, stdout: 'EACCES EACCES --no-warnings\n' })
    expect(ran.stderr).toMatch(
      /^seccomp: mkdir(?:at)?\(.*mode=511\) denied with EACCES: this needs promise fsWrite\n$/,
    )
  })

  test('keeps the channel of a forked program', async () => {
    const options = { execPath: node!, execArgv: ['--import', register] }
    const child = fork(app, [], { ...options, env: { ...surroundings, SECCOMP_PROFILE: 'docker-default' } })
    child.send('sent at once')
    const [[message], [code]] = await Promise.all([once(child, 'message'), once(child, 'exit')])
    expect(message).toMatchObject({ message: 'sent at once', rings: 0, child: 'alive' })
    expect(code).toBe(0)
  })
})

describe.runIf(canFilter)('register ends the process with exit code 78 before the program', () => {
  const importing = (env: Readonly<Record<string, string>>): Run =>
    run(process.execPath, { SECCOMP_PROFILE: '', ...env }, '--import', register)

  test.for([
    ['there is no profile', () => ({}), /SECCOMP_PROFILE isn't set/],
    [
      'there is none of that name',
      () => ({ SECCOMP_PROFILE: 'docker-defalt' }),
      /did you mean "docker-default"/,
    ],
    ['Node would not survive it', () => ({ SECCOMP_PROFILE: profile('exit_group') }), /exit_group.*hangs/],
    [
      'SECCOMP_ON_VIOLATION is none of four words',
      () => ({ SECCOMP_PROFILE: 'docker-default', SECCOMP_ON_VIOLATION: 'deny' }),
      /SECCOMP_ON_VIOLATION is errno, kill, trap, log.*not "deny"/,
    ],
    [
      'children would inherit traps, and have nobody to catch them',
      () => ({ SECCOMP_PROFILE: 'docker-default', SECCOMP_ON_VIOLATION: 'trap', SECCOMP_INHERIT: '1' }),
      /children.*take errno, or unset SECCOMP_INHERIT/,
    ],
    [
      'the kernel knows nothing of what a parent is said to have done',
      () => ({ SECCOMP_PROFILE: 'docker-default', SECCOMP_ENFORCED: '64 docker-default' }),
      /SECCOMP_ENFORCED tells of 64/,
    ],
  ] as const)('when %s', ([, env, reason]) => {
    const { status, stdout, stderr } = importing(env() as Record<string, string>)
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
    expect(stderr).toMatch(reason)
    expect(stderr).toMatch(/^seccomp: [\s\S]*\nseccomp: the program was not run\n$/)
  })

  test('when the program comes by standard input, and no file can be read', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', register], {
      ...{ encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL', input: 'console.log(1)' },
      env: { ...surroundings, SECCOMP_PROFILE: 'node:compute', NODE_OPTIONS: '' },
    })
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
    expect(stderr).toMatch(/^seccomp: .*not standard input; the program was not run\n$/)
  })

  test.for([
    ['errno', { status: 0, stdout: 'EACCES EACCES\n', stderr: '' }],
    ['kill', { signal: 'SIGSYS', stdout: '', stderr: '' }],
    [
      'log',
      {
        status: 0,
        stdout: 'made EEXIST\n',
        stderr: /^seccomp: SECCOMP_ON_VIOLATION=log denies nothing.*\n$/,
      },
    ],
  ] as const)('or, with SECCOMP_ON_VIOLATION=%s, runs it with that answer', ([mode, { stderr, ...end }]) => {
    const env = { SECCOMP_PROFILE: profile('mkdir', 'mkdirat'), SECCOMP_ON_VIOLATION: mode, NODE_OPTIONS: '' }
    const ran = play(process.execPath, env, ['--import', register, makeFolders()])
    expect(ran).toMatchObject(end)
    if (stderr === '') expect(ran.stderr).toBe('')
    else expect(ran.stderr).toMatch(stderr)
  })

  test('and does nothing for unconfined', () => {
    const { child, args } = found(importing({ SECCOMP_PROFILE: 'unconfined' }))
    expect({ child, args }).toEqual({ child: 'alive', args: ['a b'] })
  })
})
