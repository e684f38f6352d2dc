import { describe, expect, test } from 'vitest'
import { type Result, seccomp } from '../cli/seccomp.ts'
import { canFilter } from './victims.ts'

/** `seccomp run` has one stage, so a preset for Node needs what a start takes. */
describe.runIf(canFilter)('seccomp run with a preset for Node', () => {
  const run = (profile: string, ...script: readonly string[]): Promise<Result> =>
    seccomp(['run', '--profile', profile, '--', process.execPath, ...script])

  test('+startup lets Node start, and holds', async () => {
    const listen = "require('net').createServer().on('error', ({ code }) => console.log(code)).listen(0)"
    const { code, stdout } = await run('node:compute+startup', '-e', listen)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'EACCES\n' })
  })

  test('without it says what to write, and runs nothing', async () => {
    const { code, stdout, stderr } = await run('node:reader', '-p', '1')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('node:reader+startup lets it start')
  })

  test('is content with a preset that starts programs', async () => {
    const { code, stdout } = await run('node:build-tool', '-p', '6 * 7')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '42\n' })
  })
})
