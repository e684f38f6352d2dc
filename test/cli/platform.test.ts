import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratch } from './scratch.ts'
import { type Options, seccomp } from './seccomp.ts'

/** As on a Mac: what asks Node for the platform gets this answer. */
const pretend = "Object.defineProperty(process, 'platform', { value: 'darwin' })"
const mac: Options = { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretend)}` } }

describe('elsewhere than on Linux', () => {
  test('run enforces nothing, so it runs nothing', async () => {
    const cwd = scratch()
    const { code, stderr } = await seccomp(['run', '--', 'touch', 'marker'], { ...mac, cwd })
    expect(code).toBe(78)
    expect(stderr).toMatch(/^seccomp: starting a filtered program needs Linux, and this is darwin .*\n$/)
    expect(existsSync(join(cwd, 'marker'))).toBe(false)
  })

  test('check says no, and why', async () => {
    const { code, stdout } = await seccomp(['check'], mac)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^filters +no: .*darwin/)
    const json = await seccomp(['check', '--json'], mac)
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({ enforceable: false, code: 'ERR_UNSUPPORTED_PLATFORM' })
  })

  test('compile and simulate work for a target that is named in full, and else ask for it', async () => {
    const target = ['--arch', 'aarch64', '--kernel', '6.1', '--caps', 'docker']
    const compiled = await seccomp(['compile', 'docker-default', ...target, '--format', 'asm'], mac)
    expect(compiled.code).toBe(0)
    expect(compiled.stdout).toContain('arch == aarch64')
    expect((await seccomp(['simulate', 'docker-default', 'read', ...target], mac)).stdout).toMatch(/^ALLOW\n/)
    const partly = await seccomp(['compile', 'docker-default', '--arch', 'aarch64'], mac)
    expect(partly).toMatchObject({ code: 2, stdout: '' })
    expect(partly.stderr).toMatch(/^seccomp: no kernel given/)
  })
})
