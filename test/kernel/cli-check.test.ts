import { describe, expect, test } from 'vitest'
import { scratch } from '../cli/scratch.ts'
import { bin, seccomp } from '../cli/seccomp.ts'
import { canFilter } from './victims.ts'

const under = (profile: string, cwd?: string): ReturnType<typeof seccomp> =>
  seccomp(['run', '--profile', profile, '--', process.execPath, bin, 'check', '--json'], cwd ? { cwd } : {})

describe.runIf(canFilter)('seccomp check', () => {
  test('says that filters can be enforced, and with what', async () => {
    const { code, stdout } = await seccomp(['check', '--json'])
    const report = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(report).toMatchObject({
      enforceable: true,
      kernel: {
        filters: true,
        actions: { ERRNO: true, ALLOW: true },
        flags: { SECCOMP_FILTER_FLAG_TSYNC: true },
      },
      whoMay: { withNoNewPrivileges: true },
    })
    expect(report.launcher).toMatch(/launcher$/)
  })

  test('prints the same for people', async () => {
    const { stdout } = await seccomp(['check'])
    for (const part of [
      /^filters +yes/m,
      /^KILL_PROCESS +yes/m,
      /^TSYNC +yes/m,
      /^notification +/m,
      /^this process +/m,
    ])
      expect(stdout).toMatch(part)
  })

  test('tells the state of the process it runs in', async () => {
    const own = JSON.parse((await seccomp(['check', '--json'])).stdout).process
    const filtered = JSON.parse((await under('docker-default')).stdout)
    expect(filtered.process).toMatchObject({ mode: 'filter', noNewPrivileges: true })
    expect(filtered.process.filters).toBe(own.filters + 1)
    expect(filtered.enforceable).toBe(true)
  })

  test('exits with 1 where a filter forbids further ones', async () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['seccomp'], action: 'SCMP_ACT_ERRNO' }],
    }
    const cwd = scratch({ 'p.json': JSON.stringify(profile) })
    const { code, stdout } = await under('p.json', cwd)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ enforceable: false, kernel: { filters: null } })
  })
})
