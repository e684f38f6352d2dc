import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { KernelError } from '../../lib/kernel/errors.ts'
import { sealedMemfd } from '../../lib/kernel/memfd.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { launcherCommand } from '../../lib/process/spawn/launcher.ts'
import { dockerCapabilities } from '../../lib/syscalls/capabilities.ts'
import { allowing } from './programs.ts'
import { canFilter } from './victims.ts'

describe.runIf(canFilter)('processStatus', () => {
  test('reads this process, the main thread first', () => {
    const status = processStatus()
    expect(status).toMatchObject({ pid: process.pid, uid: process.geteuid!() })
    expect(status.threads[0]!.tid).toBe(process.pid)
    expect(status.threads.length).toBeGreaterThan(1)
    for (const thread of status.threads) expect(thread.comm).not.toBe('')
  })

  test('reads the capability sets in the order of the kernel', () => {
    const { permitted, effective, bounding } = processStatus().capabilities
    expect(permitted).toEqual(expect.arrayContaining([...effective]))
    if (process.getuid!() === 0) expect(dockerCapabilities.some((name) => bounding.includes(name))).toBe(true)
  })

  test('reads another process', async () => {
    const own = processStatus().threads[0]!
    const filter = sealedMemfd('filter', allowing(1))
    const { path, args } = launcherCommand({ filterFd: 3, file: 'cat' })
    const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'inherit', filter] })
    closeSync(filter)
    try {
      // It answers, so it is no launcher any more.
      child.stdin!.write('hello')
      await new Promise((resolve) => child.stdout!.once('data', resolve))
      const status = processStatus(child.pid)
      expect(status.threads).toEqual([
        {
          tid: child.pid,
          comm: 'cat',
          mode: 'filter',
          filters: own.filters === null ? null : own.filters + 1,
          noNewPrivileges: true,
        },
      ])
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('says so when there is no such process', () => {
    const read = (): unknown => processStatus(0x7fffffff)
    expect(read).toThrow(KernelError)
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_KERNEL', errno: 'ESRCH' }))
  })
})
