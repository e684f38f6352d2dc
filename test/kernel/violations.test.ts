import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fork, spawn, spawnSync, type Violation } from '../../lib/index.ts'
import { canFilter, runVictim } from './victims.ts'

interface Told {
  readonly got: Readonly<Record<string, unknown>>
  readonly seen: readonly Violation[]
  readonly main: number
  readonly many: number
  readonly lost: number
  readonly threads: readonly number[]
}

const victim = (
  name: string,
  ...args: string[]
): { status: number | null; signal: string | null; stdout: string } => {
  const { status, signal, stdout, stderr } = runVictim(name, args)
  if (status !== 0 && signal === null) throw new Error(`${name} ended with ${status}: ${stderr}`)
  return { status, signal, stdout }
}

describe.runIf(canFilter)('denied calls that are trapped', () => {
  let errno: Told, trap: Told
  beforeAll(() => {
    errno = JSON.parse(victim('violations.cjs', 'errno').stdout) as Told
    trap = JSON.parse(victim('violations.cjs', 'trap').stdout) as Told
  })

  test('fail with the errors that JavaScript sees without, on every kind of thread', () => {
    expect(errno.got).toEqual({
      ...{ main: 'EACCES', pool: 'EACCES', worker: 'EACCES', laterWorker: 'EACCES', raw: 13, x32: 13 },
      // Where the profile kills it is EPERM; Node's name for EOPNOTSUPP is the other one.
      ...{ killed: 'EPERM', server: 'ENOTSUP', program: 'EACCES' },
    })
    expect(trap.got).toEqual(errno.got)
    expect(errno.seen).toEqual([])
  })

  test('are told of in the order in which they were made: call, architecture, error and thread', () => {
    const arch = process.arch === 'x64' ? 'x86_64' : 'aarch64'
    const [mkdir, rmdir] = process.arch === 'x64' ? ['mkdir', 'rmdir'] : ['mkdirat', 'unlinkat']
    const x32 = process.arch === 'x64' ? [['mkdirat', 'x32', 'EACCES']] : []
    expect(trap.seen.map(({ name, arch, errno }) => [name, arch, errno])).toEqual([
      [mkdir, arch, 'EACCES'],
      [rmdir, arch, 'EPERM'],
      [mkdir, arch, 'EACCES'],
      [mkdir, arch, 'EACCES'],
      [mkdir, arch, 'EACCES'],
      ['listen', arch, 'EOPNOTSUPP'],
      ['mkdirat', arch, 'EACCES'],
      ...x32,
    ])
    const [main, , pool, worker, laterWorker] = trap.seen.map(({ thread }) => thread)
    expect(main).toBe(trap.main)
    expect(trap.threads).toContain(pool)
    expect(new Set([main, pool, worker, laterWorker]).size).toBe(4)
  })

  test('come with the arguments as they were in the registers', () => {
    const { args, message, promises } = trap.seen[6]!
    expect(args).toEqual(['18446744073709551516', '1', '493', '4', '5', '6'])
    expect(promises).toEqual(['fsWrite'])
    expect(message).toBe(
      'mkdirat(dfd=AT_FDCWD (-100), pathname=1, mode=493) denied with EACCES: this needs promise fsWrite',
    )
  })

  test('are counted where there are more than there is room for', () => {
    expect([trap.many, trap.lost]).toEqual([1024, 3000 - 1024])
  })

  test('are errors where libc or libuv calls with signals blocked: a thread, a program', () => {
    const tell = (mode: string) => JSON.parse(victim('violations-closed.cjs', mode).stdout)
    const [errno, trap] = [tell('errno'), tell('trap')]
    const got = { worker: 'ERR_WORKER_INIT_FAILED', program: 'EACCES', signal: 'EPERM', pool: 'EACCES' }
    expect(errno).toEqual({ got, told: [], findings: 0 })
    expect(trap).toMatchObject({ got, findings: 0 })
    // Beside what Node tries for itself.
    expect(trap.told).toEqual(
      expect.arrayContaining(['kill', process.arch === 'x64' ? 'access' : 'faccessat']),
    )
  })

  test('take SIGSYS for themselves: no listener before or after, and listening is for the main thread', () => {
    const { beside, applied, after, again, inWorker } = JSON.parse(victim('violations-refused.cjs').stdout)
    expect(beside).toMatch(/^ERR_USAGE: .*listener for SIGSYS.*nothing was installed/)
    expect([applied, again]).toEqual(['done', 'done'])
    expect(after).toMatch(/^ERR_USAGE: .*violations/)
    expect(inWorker).toMatch(/^ERR_USAGE: .*main/)
  })

  test('leave a SIGSYS that somebody sends what it was: the end', () => {
    const { signal, stdout } = victim('violations-refused.cjs', 'signal')
    expect(signal).toBe('SIGSYS')
    expect(stdout).not.toContain('alive')
  })

  test('reach a child of fork that can open no file, and its parent', async () => {
    const child = fork(join(import.meta.dirname, 'victims/violations-child.mjs'), [], {
      seccomp: 'node:compute',
      seccompOptions: { onViolation: 'trap' },
      execArgv: [],
    })
    const told: string[] = []
    child.on('violation', ({ message }: Violation) => told.push(message))
    const message = once(child, 'message')
    const exit = once(child, 'exit')
    const [{ code, told: inChild }] = (await message) as [{ code: string; told: string[] }]
    expect(await exit).toEqual([0, null])
    expect(code).toBe('EACCES')
    const reading =
      /^openat\(dfd=AT_FDCWD \(-100\), .*O_RDONLY.*\) denied with EACCES: this needs promise fsRead$/
    expect(inChild).toContainEqual(expect.stringMatching(reading))
    expect(told.slice(0, inChild.length)).toEqual(inChild)
  })
})

describe.runIf(canFilter)('onViolation', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'seccomp-violations-'))
  afterAll(() => rmSync(scratch, { recursive: true }))
  const denying = (action: string) => ({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'mkdirat'], action }],
  })
  const mkdir = (action: string, onViolation: 'errno' | 'kill' | 'log', name: string) =>
    spawnSync('mkdir', [join(scratch, name)], {
      seccomp: denying(action),
      seccompOptions: { onViolation },
      encoding: 'utf8',
    })

  test('kill ends a program for what its profile answers with an error', () => {
    expect(mkdir('SCMP_ACT_ERRNO', 'kill', 'kill').signal).toBe('SIGSYS')
  })

  test('errno answers with an error what its profile kills for', () => {
    const { status, stderr } = mkdir('SCMP_ACT_KILL_PROCESS', 'errno', 'errno')
    expect(status).toBe(1)
    expect(stderr).toContain('Operation not permitted')
  })

  test('log lets it through', () => {
    expect(mkdir('SCMP_ACT_KILL_PROCESS', 'log', 'log').status).toBe(0)
    expect(existsSync(join(scratch, 'log'))).toBe(true)
  })

  test('trap is refused where a program is executed, for that has no handler', () => {
    const options = { seccomp: 'docker-default', seccompOptions: { onViolation: 'trap' } } as const
    const refusal = expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining('fork') })
    const module = join(scratch, 'never.cjs')
    writeFileSync(module, '')
    const attempts: readonly (() => unknown)[] = [
      () => spawn('true', [], options),
      () => spawnSync('true', [], options),
      () => fork(module, [], { ...options, seccompOptions: { onViolation: 'trap', stages: 1 } }),
    ]
    for (const attempt of attempts) expect(attempt).toThrow(refusal)
    expect(() => spawn('true', [], { ...options, seccompOptions: { onViolation: 'warn' as never } })).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE' }),
    )
  })
})
