import { type ChildProcess, spawn as plainSpawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import { compile } from '../../lib/kernel/compile.ts'
import { readFilters } from '../../lib/kernel/dump.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { spawn } from '../../lib/process/spawn/spawn.ts'
import { filtersShown } from './filters-shown.ts'
import { ask } from './victims.ts'

const refuseMkdir = compile({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO' }],
})

const children: ChildProcess[] = []
const started = (child: ChildProcess): ChildProcess => {
  children.push(child)
  return child
}
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

const stateOf = (pid: number): string | undefined =>
  /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]

describe.runIf(filtersShown)('readFilters', () => {
  test('gives back every filter, byte for byte, in the order installed', () => {
    const filters = [compile('docker-default'), refuseMkdir]
    const { pid } = started(spawn('sleep', ['60'], { seccomp: filters }))
    const [main, ...others] = readFilters(pid!)
    expect(others).toEqual([])
    expect(main!.tids).toEqual([pid])
    expect(main!.filters.map(({ bytes }) => Buffer.from(bytes))).toEqual(
      filters.map(({ bytes }) => Buffer.from(bytes)),
    )
    expect(main!.filters.map(({ instructions }) => instructions)).toEqual(
      filters.map(({ instructions }) => instructions),
    )
    expect(main!.filters.map(({ logs }) => logs)).toEqual([false, false])
  })

  test('tells a filter that logs', () => {
    const flags = ['SECCOMP_FILTER_FLAG_LOG']
    const { pid } = started(
      spawn('sleep', ['60'], { seccomp: { defaultAction: 'SCMP_ACT_ALLOW', flags, syscalls: [] } }),
    )
    expect(readFilters(pid!)[0]!.filters[0]!.logs).toBe(true)
  })

  test('gives nothing for a process without a filter', () => {
    const { pid } = started(plainSpawn('sleep', ['60']))
    expect(readFilters(pid!)).toEqual([])
  })

  test('tells threads with different filters apart', async () => {
    const script = join(import.meta.dirname, 'victims/thread-filters.js')
    const child = started(plainSpawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] }))
    await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])
    const groups = readFilters(child.pid!)
    expect(groups.map(({ filters }) => filters.length)).toEqual([1, 2])
    expect(groups[0]!.tids).toContain(child.pid)
    expect(groups[1]!.tids).toHaveLength(1)
    const counts = new Map(processStatus(child.pid).threads.map(({ tid, filters }) => [tid, filters]))
    if (counts.get(child.pid!) !== null)
      for (const { tids, filters } of groups)
        for (const tid of tids) expect(counts.get(tid)).toBe(filters.length)
  })

  test('leaves a stopped process stopped and a running one running', async () => {
    const child = started(spawn('sleep', ['60'], { seccomp: 'docker-default' }))
    child.kill('SIGSTOP')
    await expect.poll(() => stateOf(child.pid!)).toBe('T')
    expect(readFilters(child.pid!)).toHaveLength(1)
    await expect.poll(() => stateOf(child.pid!)).toBe('T')
    child.kill('SIGCONT')
    await expect.poll(() => stateOf(child.pid!)).toBe('S')
    expect(readFilters(child.pid!)).toHaveLength(1)
    await expect.poll(() => stateOf(child.pid!)).toBe('S')
  })

  test('stops a busy process at whichever moment, and lets it go', async () => {
    const { pid } = started(spawn('sh', ['-c', 'while :; do :; done'], { seccomp: 'docker-default' }))
    for (let round = 0; round < 1000; round++) expect(readFilters(pid!)).toHaveLength(1)
    await expect.poll(() => stateOf(pid!)).toBe('R')
  })

  test('loses no signal and no ending of a child', async () => {
    const script =
      "process.on('SIGUSR1', () => console.log('got it')); console.log('ready'); process.stdin.resume()"
    const child = started(
      spawn(process.execPath, ['-e', script], {
        seccomp: 'docker-default',
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    const ended = once(child, 'exit')
    const lines = createInterface(child.stdout!)[Symbol.asyncIterator]()
    expect(await lines.next()).toMatchObject({ value: 'ready' })
    for (let round = 0; round < 50; round++) {
      child.kill('SIGUSR1')
      expect(readFilters(child.pid!)).toHaveLength(1)
      expect(await lines.next()).toMatchObject({ value: 'got it' })
    }
    child.stdin!.end()
    // The process ends under way, at whichever point.
    while (child.exitCode === null) {
      try {
        readFilters(child.pid!)
      } catch (error) {
        expect(error).toMatchObject({ errno: 'ESRCH' })
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await ended).toEqual([0, null])
  })

  test('says who may not read, and why', () => {
    const { pid } = started(spawn('sleep', ['60'], { seccomp: 'docker-default' }))
    const attempt = (how: string): unknown => ask('read-filters', [String(pid), how])
    const message = (text: string): unknown => expect.stringContaining(text)
    expect(attempt('user')).toEqual({ code: 'ERR_NOT_PERMITTED', message: message('lacks CAP_SYS_ADMIN') })
    expect(attempt('filtered')).toEqual({
      code: 'ERR_NOT_PERMITTED',
      message: message('itself under a filter'),
    })
    expect(attempt('worker')).toEqual({ code: 'ERR_USAGE', message: message('this is a worker') })
    expect(() => readFilters(process.pid)).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }))
    expect(() => readFilters(0x7fffffff)).toThrow(expect.objectContaining({ errno: 'ESRCH' }))
  })
})
