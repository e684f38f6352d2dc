import { describe, expect, test } from 'vitest'
import '../../lib/testing/vitest.ts'
import { scratch } from '../cli/scratch.ts'
import { canFilter } from './victims.ts'

/** Everything but some calls. */
const without = (names: readonly string[], action: string): object => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names, action }],
})
const noFolders = without(['mkdir', 'mkdirat'], 'SCMP_ACT_ERRNO')
const deadlyFolders = without(['mkdir', 'mkdirat'], 'SCMP_ACT_KILL_PROCESS')

const node = (script: string): string[] => [process.execPath, '-e', script]

const reason = (matching: Promise<void>): Promise<string> =>
  matching.then(
    () => 'it held',
    (error: Error) => error.message,
  )

describe.runIf(canFilter)('toRunUnder', () => {
  test('holds for a command that does its work', async () => {
    await expect(node('')).toRunUnder('docker-default')
    await expect('test "$NAME" = seccomp').toRunUnder(noFolders, { env: { NAME: 'seccomp' } })
    await expect('read line && test "$line" = hello').toRunUnder(noFolders, { input: 'hello\n' })
  })

  test('shows the exit code and the last words of one that fails', async () => {
    const cwd = scratch()
    const message = await reason(expect(node("fs.mkdirSync('x')")).toRunUnder(noFolders, { cwd }))
    expect(message).toContain('to run under the profile\nit ended with exit code 1\n')
    expect(message).toMatch(/its last words:\n[\s\S]*EPERM: operation not permitted, mkdir/)
    await expect(node("fs.mkdirSync('x')")).toRunUnder('unconfined', { cwd })
  })

  test('says that the filter killed it, and whether its shell saw that', async () => {
    const cwd = scratch()
    const message = await reason(expect(node("fs.mkdirSync('x')")).toRunUnder(deadlyFolders, { cwd }))
    expect(message).toMatch(/it was ended by SIGSYS\nkilled by its filter/)
    const inShell = await reason(expect('mkdir x; exit $?').toRunUnder(deadlyFolders, { cwd }))
    expect(inShell).toMatch(/exit code 159\na command that it ran was killed by the filter/)
  })

  test('says that a command hangs, and ends all it started', async () => {
    expect(await reason(expect('sleep 100 & sleep 100').toRunUnder(noFolders, { timeout: 200 }))).toContain(
      'still running after 200 ms',
    )
  })

  test('refuses a command that is not there, turned round as well', async () => {
    expect(await reason(expect(['no-such-command']).toRunUnder(noFolders))).toMatch(/there is no command/)
    expect(await reason(expect(['no-such-command']).not.toRunUnder(noFolders))).toMatch(/there is no command/)
    expect(await reason(expect('true').toRunUnder(noFolders, { timeOut: 1 } as object))).toMatch(/"timeout"/)
  })

  test('turned round, shows that it did run', async () => {
    expect(await reason(expect('exit 0').not.toRunUnder(noFolders))).toContain('not to run under the profile')
    await expect('mkdir x').not.toRunUnder(noFolders, { cwd: scratch() })
  })

  test('refuses what is no command, and a profile that is none', async () => {
    expect(await reason(expect([]).toRunUnder(noFolders))).toMatch(/a command is a list/)
    expect(await reason(expect('true').toRunUnder('no-such-profile'))).toMatch(/neither a preset nor a file/)
    expect(await reason(expect('true').toRunUnder(undefined))).toMatch(/name a profile/)
  })
})
