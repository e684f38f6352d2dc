import { type ChildProcess, spawn as plainSpawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { compile } from '../../lib/kernel/compile.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { spawn } from '../../lib/process/spawn/spawn.ts'
import { scratch } from '../cli/scratch.ts'
import { bin, execute, type Result, seccomp } from '../cli/seccomp.ts'
import { filtersShown } from './filters-shown.ts'
import { canFilter } from './victims.ts'

const children: ChildProcess[] = []
const started = (child: ChildProcess): string => {
  children.push(child)
  return String(child.pid)
}
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

const inspect = (...args: string[]): Promise<Result> => seccomp(['inspect', ...args])
/** Without the breaks of lines. */
const flat = (text: string): string => text.replace(/\s+/g, ' ')

describe.runIf(canFilter)('seccomp inspect', () => {
  test('shows a process without a filter', async () => {
    const pid = started(plainSpawn('sleep', ['60']))
    const { code, stdout, stderr } = await inspect(pid)
    const { threads } = processStatus(Number(pid))
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain(`process         ${pid} (sleep), user ${process.getuid!()}, 1 thread\n`)
    if (threads[0]!.mode === 'disabled') expect(stdout).toContain('seccomp         no filter\n')
  })

  test('says what is wrong with a process id', async () => {
    for (const [pid, words] of [
      ['0', '"0" is no process id'],
      ['self', '"self" is no process id'],
      ['2147483646', 'there is no process 2147483646'],
    ] as const) {
      const { code, stdout, stderr } = await inspect(pid)
      expect(stdout).toBe('')
      expect(stderr).toContain(words)
      expect(code).toBe(2)
    }
  })

  test('shows the state alone where it may not read filters, and why', async () => {
    const pid = started(spawn('sleep', ['60'], { seccomp: 'docker-default' }))
    // Under a filter nobody may.
    const under = (...args: string[]): Promise<Result> =>
      execute(process.execPath, [bin, 'run', '--', process.execPath, bin, 'inspect', pid, ...args])
    const plain = await under()
    expect(plain.code).toBe(0)
    expect(plain.stdout).toMatch(/^seccomp +\d+ filters?$/m)
    expect(flat(plain.stdout)).toContain(
      'filters not shown: ptrace: EACCES: this process is itself under a filter',
    )
    expect((await under('--filters')).code).toBe(1)
    const written = await under('-o', join(scratch(), 'never'))
    expect(written.code).toBe(1)
    expect(written.stderr).toContain('itself under a filter')
    const { stacks, reason } = JSON.parse((await under('--json')).stdout)
    expect(stacks).toBe(null)
    expect(reason).toContain('itself under a filter')
  })
})

describe.runIf(filtersShown)('seccomp inspect, of the filters', () => {
  const refuseMkdir = compile({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
  })

  test('names what our own run put in force', async () => {
    const child = plainSpawn(process.execPath, [
      bin,
      'run',
      '--',
      process.execPath,
      '-e',
      'console.log(process.pid); setInterval(() => {}, 1000)',
    ])
    started(child)
    const pid = String(await new Promise((resolve) => child.stdout.once('data', resolve))).trim()
    const { code, stdout, stderr } = await inspect(pid)
    process.kill(Number(pid), 'SIGKILL')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^seccomp +1 filter$/m)
    expect(stdout).toMatch(/^no_new_privs +set$/m)
    const caps = processStatus().capabilities
    const complete = process.getuid!() === 0 && caps.bounding.includes('CAP_SYS_CHROOT')
    if (complete)
      expect(flat(stdout)).toContain("Docker's default, as this package compiles it: proved for every call")
    expect(stdout).toMatch(/ERRNO\(EPERM\) +.*\badd_key\b/)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('tells the filters of a stack apart, and what they do together', async () => {
    const pid = started(spawn('sleep', ['60'], { seccomp: [compile('docker-default'), refuseMkdir] }))
    const { stdout } = await inspect(pid)
    expect(stdout).toMatch(/^filter 1 +\d+ instructions$/m)
    expect(flat(stdout)).toMatch(/filter 2 .*none of the profiles compared; the nearest is unconfined.*mkdir/)
    expect(flat(stdout)).toMatch(/all 2 filters together ERRNO\(EPERM\) .* mkdir/)
    const { stacks, threads } = JSON.parse((await inspect(pid, '--json')).stdout)
    expect(threads).toHaveLength(1)
    expect(stacks).toHaveLength(1)
    expect(
      stacks[0].filters.map(({ identity }: { identity: { result: string } }) => identity.result),
    ).toEqual(['profile', 'none'])
    const { stdout: text } = await inspect(pid, '--filters')
    expect(text).toMatch(/ret ERRNO\(EPERM\)/)
  })

  test('writes a filter as it was loaded, and finds it equal to a profile that is named', async () => {
    const pid = started(spawn('sleep', ['60'], { seccomp: [compile('docker-default'), refuseMkdir] }))
    const file = join(scratch(), 'live.bpf')
    expect(await inspect(pid, '-o', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it has 2 filters'),
    })
    expect(await inspect(pid, '-o', file, '--filter', '2')).toMatchObject({ code: 0, stdout: '' })
    expect(readFileSync(file)).toEqual(Buffer.from(refuseMkdir.bytes))
    const profile = join(import.meta.dirname, 'refuse-mkdir.json')
    const { stdout } = await inspect(pid, '--profile', profile)
    expect(flat(stdout)).toContain(`refuse-mkdir.json, as this package compiles it: proved for every call`)
  })
})
