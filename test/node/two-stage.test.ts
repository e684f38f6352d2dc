import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fork, spawn, type WithSeccomp } from '../../lib/index.ts'
import { canFilter } from '../kernel/victims.ts'
import { installedNode, majors } from './nodes.ts'

/** fork in two stages, on every Node that is there (npm run test:nodes has all of them). */

const nodes = (canFilter ? majors : [])
  .map((major) => ({ major, node: installedNode(major) }))
  .filter(({ node }) => node !== undefined)

const refuse = (names: readonly string[], errno: string): object => ({
  names,
  action: 'SCMP_ACT_ERRNO',
  errno,
})
const refusing = (...rules: readonly object[]): object => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: rules,
})
/** What no Node could start under. */
const strict = refusing(
  refuse(['open', 'openat', 'openat2', 'execve', 'execveat', 'socket', 'clone', 'fork', 'vfork'], 'EACCES'),
  refuse(['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'], 'ENOSYS'),
)

interface Ending {
  readonly said: Record<string, unknown> | undefined
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
}

const ending = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve, reject) => {
    let said: Record<string, unknown> | undefined
    let stderr = ''
    child.stderr!.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('message', (message) => {
      said = message as Record<string, unknown>
    })
    child.on('error', reject).on('close', (code, signal) => resolve({ said, code, signal, stderr }))
  })

describe.each(nodes)('fork in two stages on Node $major', ({ major, node }) => {
  const start = (
    module: string,
    seccomp: NonNullable<WithSeccomp['seccomp']>,
    options: object = {},
  ): ChildProcess =>
    fork(resolve(import.meta.dirname, 'staged', module), ['a', 'b c'], {
      execPath: node!,
      execArgv: [],
      silent: true,
      seccomp,
      ...options,
    })
  const report = (seccomp: NonNullable<WithSeccomp['seccomp']>, options: object = {}): Promise<Ending> => {
    const child = start('report.cjs', seccomp, options)
    // A child that ended early has said why.
    child.send({ some: 'message' }, () => {})
    return ending(child)
  }

  test('a module works that may open no file, start no program and no thread, and finds nothing of ours', async () => {
    const { said, ...rest } = await report(strict)
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
    expect(said).toEqual({
      ...{ main: true, id: '.', script: true, args: ['a', 'b c'], execArgv: [], ours: [] },
      ...{ read: 'EACCES', run: 'EACCES', rings: 'EACCES', memfds: 'EACCES', filters: 'EACCES' },
      pool: 'EACCES',
      message: { some: 'message' },
    })
  })

  test('ES modules are read with all that they import by name, and none runs before the filter', async () => {
    const { said, ...rest } = await ending(start('graph.mjs', 'node:compute'))
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
    expect(said).toEqual({
      ...{ module: 'EACCES', commonjs: 'EACCES', read: 'EACCES', late: 'ERR_MODULE_NOT_FOUND', line: '17' },
      ...(major > 20 && { main: true }),
    })
  })

  test.each(['by-syntax.js', 'words.js'])(
    '%s, whose kind shows by its syntax alone, runs after the filter',
    async (module) => {
      const options = { execArgv: ['--no-warnings'] }
      const { said, ...rest } = await ending(start(join('untyped', module), 'node:compute', options))
      expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
      expect(said).toEqual({ found: 'EACCES' })
    },
  )

  // Of Node 22 only later ones run it unasked.
  test.runIf(major >= 24)('so does TypeScript', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seccomp-typescript-'))
    try {
      const source = readFileSync(join(import.meta.dirname, 'staged/untyped/by-syntax.js'), 'utf8')
      const module = join(folder, 'module.ts')
      writeFileSync(module, source.replace('let found', 'let found: unknown'))
      const { said, ...rest } = await ending(start(module, 'node:compute', { execArgv: ['--no-warnings'] }))
      expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
      expect(said).toEqual({ found: 'EACCES' })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('CommonJS is read with all that it requires by name, and none runs before the filter', async () => {
    const { said, ...rest } = await ending(start('requires.cjs', 'node:compute'))
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
    expect(said).toEqual({
      ...{ main: true, part: 'EACCES', data: { some: 'data' }, later: { exists: false } },
      ...{ absent: 'MODULE_NOT_FOUND', unnamed: 'MODULE_NOT_FOUND' },
    })
  })

  test.each(['drops.cjs', 'drops.mjs'])(
    '%s has violations, and drops more, where no file can be opened',
    async (module) => {
      const child = start(module, 'node:worker-pool', { seccompOptions: { onViolation: 'trap' } })
      const { said, ...rest } = await ending(child)
      expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
      expect(said).toEqual({
        before: { open: 'EACCES', thread: true },
        after: { open: 'EACCES', thread: 'ERR_WORKER_INIT_FAILED' },
        dropped: { filters: 1, threads: 0 },
        denied: true,
      })
    },
  )

  test('a Worker begins where no file can be opened', async () => {
    const { said, ...rest } = await ending(start('threaded.cjs', 'node:worker-pool'))
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
    expect(said).toEqual({ worker: [] })
  })

  test('what execArgv and NODE_OPTIONS load comes after the filter, and both are as given', async () => {
    const early = join(import.meta.dirname, 'staged/early.cjs')
    const execArgv = ['--no-warnings', '--require', early]
    const NODE_OPTIONS = `--max-old-space-size=200 --require "${early}"`
    const { said, ...rest } = await report('docker-default', {
      execArgv,
      env: { ...process.env, NODE_OPTIONS },
      serialization: 'advanced',
    })
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
    const { filters } = said as { filters: number[] }
    expect(filters).toHaveLength(1)
    expect(said).toMatchObject({
      ...{ main: true, execArgv, nodeOptions: NODE_OPTIONS, ours: [] },
      ...{ read: true, pool: 'read', run: 'ran', rings: 0, memfds: 0, early: filters[0] },
    })
  })

  test('what a file of --env-file would have loaded before the filter is not loaded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seccomp-env-'))
    try {
      const early = join(import.meta.dirname, 'staged/early.cjs')
      writeFileSync(join(folder, '.env'), `NODE_OPTIONS="--require ${early}"\nOTHER=set\n`)
      const { said, ...rest } = await report('docker-default', {
        execArgv: [`--env-file=${join(folder, '.env')}`],
        env: { PATH: process.env['PATH'] },
      })
      expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
      expect(said).toMatchObject({ read: true, rings: 0, ours: [] })
      expect(said).not.toHaveProperty('early')
      expect(said).not.toHaveProperty('nodeOptions')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('when stage two fails nothing runs: exit code 78 and a line that says why', async () => {
    const { said, code, signal, stderr } = await report('docker-default', { execArgv: ['--no-addons'] })
    expect({ said, code, signal }).toEqual({ said: undefined, code: 78, signal: null })
    expect(stderr).toMatch(/^seccomp: the native addon can't be loaded .*; the program was not run\n$/)
  })

  test('in one stage the profile must let Node start', async () => {
    await expect(report(strict, { seccompOptions: { stages: 1 } })).rejects.toMatchObject({ code: 'EACCES' })
    const unread = refusing(refuse(['openat'], 'EACCES'))
    const { said, code, signal } = await report(unread, { seccompOptions: { stages: 1 } })
    expect({ said, signal }).toEqual({ said: undefined, signal: null })
    expect(code).not.toBe(0)
    expect(await report(unread)).toMatchObject({ code: 0, said: { read: 'EACCES', pool: 'EACCES' } })
  })
})

describe.runIf(canFilter)('fork in two stages refuses', () => {
  const module = join(import.meta.dirname, 'staged/report.cjs')
  const deadly = refusing(refuse(['exit_group'], 'EPERM'))

  test('a profile that Node would hang under, and starts nothing', () => {
    expect(() => fork(module, { seccomp: deadly })).toThrow(
      expect.objectContaining({
        code: 'ERR_PREFLIGHT',
        message: expect.stringMatching(/^nothing was started.*\n.*exit_group.*\nor .*force: true/),
      }),
    )
  })

  test.for([
    [['--import', 'x.mjs'], {}],
    [['--no-warnings', '-r', './x.cjs'], {}],
    [['--experimental_loader=./x.mjs'], {}],
    [[], { NODE_OPTIONS: '--require "/a b/x.cjs"' }],
    [['--eval', 'code'], {}],
  ] as const)('%j and %j, which load code, where no file can be opened', ([execArgv, env]) => {
    const options = { seccomp: strict, execArgv: [...execArgv], env: { ...process.env, ...env } }
    expect(() => fork(module, options)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining('which loads code') }),
    )
  })

  test.for(['--experimental-config-file=x.json', '--experimental-default-config-file'])(
    '%s, by which code could be loaded before the filter',
    (option) => {
      expect(() => fork(module, { seccomp: 'docker-default', execArgv: [option] })).toThrow(
        expect.objectContaining({
          code: 'ERR_USAGE',
          message: expect.stringContaining('before the profile'),
        }),
      )
    },
  )

  test('another number of stages', () => {
    const seccompOptions = { stages: 3 as 2 }
    expect(() => fork(module, { seccomp: 'docker-default', seccompOptions })).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining('stages is 1 or 2') }),
    )
  })

  test('two stages for a program of which nobody knows that it is Node', () => {
    const options = { seccomp: 'docker-default', seccompOptions: { stages: 2 } } as const
    expect(() => spawn(process.execPath, [module], options)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining('only fork()') }),
    )
  })

  test('nothing with force: the child meets its end by itself', async () => {
    const seccomp = refusing(refuse(['rt_sigreturn', 'munmap'], 'EPERM'))
    const child = fork(module, { seccomp, seccompOptions: { force: true }, silent: true, execArgv: [] })
    child.send('message', () => {})
    expect((await ending(child)).code).not.toBe(0)
  })
})
