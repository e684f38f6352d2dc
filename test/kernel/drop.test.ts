import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { fork } from '../../lib/index.ts'
import { canFilter } from './victims.ts'

interface Step {
  readonly count: number
  readonly filters: readonly (number | null)[]
  readonly program: string
  readonly thread: string
  readonly file: string
  readonly pool: string
  readonly folder: string
}

describe.runIf(canFilter)('drop', () => {
  let threads: Step, files: Step, folders: Step, again: string
  beforeAll(() => {
    const victim = join(import.meta.dirname, 'victims/drop.cjs')
    const options = { encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL' } as const
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--no-warnings', victim], options)
    if (status !== 0) throw new Error(`drop.cjs ended with ${status}: ${stderr}`)
    const found = JSON.parse(stdout) as { told: [Step, Step, Step]; again: string }
    ;[threads, files, folders] = found.told
    again = found.again
  })

  test('takes threads away and leaves the pool, which nobody had used', () => {
    expect(threads).toMatchObject({
      ...{ program: 'EACCES', thread: 'ERR_WORKER_INIT_FAILED' },
      ...{ file: 'done', pool: 'done', folder: 'EEXIST' },
    })
    expect(threads.count).toBeGreaterThanOrEqual(8)
    expect(threads.filters).toHaveLength(1)
  })

  test('takes files away after that, and what was taken before stays so', () => {
    expect(files).toMatchObject({
      ...{ program: 'EACCES', thread: 'ERR_WORKER_INIT_FAILED' },
      ...{ file: 'EACCES', pool: 'EACCES', folder: 'EEXIST' },
    })
    expect(files.filters).toHaveLength(1)
    if (files.filters[0] !== null) expect(files.filters[0]).toBe(threads.filters[0]! + 1)
  })

  test('goes on where /proc can be read no more', () => {
    expect(folders).toMatchObject({ count: 0, file: 'EACCES', pool: 'EACCES', folder: 'EPERM' })
  })

  test('refuses to the last what this Node would not survive', () => {
    expect(again).toBe('ERR_PREFLIGHT')
  })

  test('keeps the promises it is given, each time fewer', async () => {
    const child = fork(join(import.meta.dirname, 'victims/drop-promises.js'), {
      seccomp: { defaultAction: 'SCMP_ACT_ALLOW' },
      execArgv: [],
    })
    const [message] = await once(child, 'message')
    const refused = { program: 'EACCES', write: 'EACCES' }
    expect(message).toEqual({
      told: [
        { ...refused, read: 'done', listen: 'done' },
        { ...refused, read: 'EACCES', listen: 'done' },
        { ...refused, read: 'EACCES', listen: 'EACCES' },
      ],
      unknown: 'ERR_UNKNOWN_NAME',
    })
  })
})
