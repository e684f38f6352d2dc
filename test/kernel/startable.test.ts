import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exec, execFile, spawn, spawnSync } from '../../lib/index.ts'
import { scratch } from '../cli/scratch.ts'
import { seccomp } from '../cli/seccomp.ts'
import { sharedData } from '../shared-data.ts'
import { canFilter } from './victims.ts'

/** The second profile of Kubernetes' tutorial on seccomp. */
const violation = { defaultAction: 'SCMP_ACT_ERRNO' }
const cannotStart = (text: RegExp): unknown =>
  expect.objectContaining({ code: 'ERR_CANNOT_START', message: expect.stringMatching(text) })
/** A profile that is a file has a place, one that is an object has none. */
const why =
  /execve gets ERRNO\(EPERM\) \(the default action(?: at \S+:2:5)?, for no rule names it\); nothing was started/
const whyInFile = (file: string): string =>
  `execve gets ERRNO(EPERM) (the default action at ${file}:1:2, for no rule names it)`

const refusing = (...names: string[]) => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names, action: 'SCMP_ACT_ERRNO', errno: 'EACCES' }],
})

describe.runIf(canFilter)('a profile under which no program can be started', () => {
  const shared = sharedData('profiles/k8s-violation.json')
  if (!shared) console.log("skipped: Kubernetes' own violation.json, which is not here; one of ours serves")

  test('is refused by all that start programs, with the reason', () => {
    for (const profile of [violation, ...(shared ? [shared] : [])]) {
      const options = { seccomp: profile }
      for (const start of [
        () => spawn(process.execPath, ['-e', ''], options),
        () => spawnSync(process.execPath, ['-e', ''], options),
        () => execFile(process.execPath, ['-e', ''], options),
        () => exec('true', options),
      ])
        expect(start).toThrow(cannotStart(why))
    }
  })

  test('is refused by seccomp run, and nothing runs', async () => {
    const folder = scratch({ 'violation.json': JSON.stringify(violation) })
    const made = join(folder, 'made')
    const program = [process.execPath, '-e', `require('fs').writeFileSync(${JSON.stringify(made)}, '')`]
    const { code, stdout, stderr } = await seccomp([
      'run',
      '--profile',
      join(folder, 'violation.json'),
      '--',
      ...program,
    ])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(whyInFile(join(folder, 'violation.json')))
    expect(existsSync(made)).toBe(false)
    execFileSync(program[0]!, program.slice(1))
    expect(existsSync(made)).toBe(true)
  })

  test('is named by seccomp run also where the launcher may say that it failed', async () => {
    const text = JSON.stringify({
      ...violation,
      syscalls: [{ names: ['write', 'exit_group'], action: 'SCMP_ACT_ALLOW' }],
    })
    const file = join(scratch({ 'mute.json': text }), 'mute.json')
    const { code, stderr } = await seccomp(['run', '--profile', file, '--', process.execPath, '-e', ''])
    expect(code).toBe(126)
    expect(stderr).toContain(whyInFile(file))
  })

  test('names the rule that decides', () => {
    expect(() => spawnSync('true', { seccomp: refusing('execve', 'write') })).toThrow(
      cannotStart(/execve gets ERRNO\(EACCES\) \(\/syscalls\/0\)/),
    )
  })

  test('is told by the launcher where that can', () => {
    expect(spawnSync('true', { seccomp: refusing('execve') }).error).toMatchObject({ code: 'EACCES' })
    expect(spawnSync('true', { seccomp: refusing('write') }).error).toBeUndefined()
  })
})
