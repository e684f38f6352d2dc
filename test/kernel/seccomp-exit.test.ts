import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { exec, execFile, execFileSync, type SeccompExit, spawn, spawnSync } from '../../lib/index.ts'
import { lastCall } from '../../lib/kernel/killed-call.ts'
import { canFilter } from './victims.ts'

const seccomp = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_KILL_PROCESS' }],
}

/** The kernel writes ten such lines in five seconds, and not everybody may read them: then nobody knows the call. */
const expectKilled = (exit: SeccompExit | undefined): void => {
  expect(exit).toMatchObject({
    reason: 'killed',
    message: expect.stringMatching(/^killed by its filter \(SIGSYS\) for /),
  })
  const { call, message } = exit!
  if (call) {
    expect(['mkdir', 'mkdirat']).toContain(call.name)
    expect(message).toContain(`calling ${call.name} on ${call.arch}`)
  } else expect(message).toContain('dmesg')
}

describe.runIf(canFilter)('a program that its filter ended', () => {
  test('is told of by the child, before its exit event and from then on', async () => {
    const child = spawn('mkdir', ['/'], { seccomp })
    expect(child.seccomp).toBeUndefined()
    expect(child.listenerCount('exit')).toBe(0)
    await once(child, 'exit')
    expectKilled(child.seccomp)
    expect(child.seccomp).toBe(child.seccomp)
  })

  test('is told of by the result, and by the errors of the others', async () => {
    expectKilled(spawnSync('mkdir', ['/'], { seccomp }).seccomp)
    const failure = await new Promise<{ seccomp?: SeccompExit | undefined } | null>((resolve) =>
      execFile('mkdir', ['/'], { seccomp }, resolve),
    )
    expectKilled(failure?.seccomp)
    let thrown: { seccomp?: SeccompExit } = {}
    try {
      execFileSync('mkdir', ['/'], { seccomp })
    } catch (error) {
      thrown = error as typeof thrown
    }
    expectKilled(thrown.seccomp)
  })

  test('is told from one whose child it was, of which a shell tells', async () => {
    const failure = await new Promise<{ seccomp?: SeccompExit | undefined } | null>((resolve) =>
      exec('mkdir /; exit $?', { seccomp }, resolve),
    )
    expect(failure?.seccomp).toMatchObject({ reason: 'child-killed' })
  })

  test('is no other one', async () => {
    expect(spawnSync('true', [], { seccomp })).not.toHaveProperty('seccomp')
    const child = spawn('false', [], { seccomp })
    await once(child, 'exit')
    expect(child.seccomp).toBeUndefined()
  })
})

describe("the kernel's log", () => {
  const line = (
    pid: number,
    milliseconds: number,
    { code = '0x80000000', syscall = 83, comm = '"mkdir"' } = {},
  ) =>
    `6,1,2,-;audit: type=1326 audit(${Math.floor(milliseconds / 1000)}.${String(milliseconds % 1000).padStart(3, '0')}:7): ` +
    `auid=0 uid=0 gid=0 ses=1 pid=${pid} comm=${comm} exe="/bin/mkdir" sig=31 arch=c000003e syscall=${syscall} compat=0 ip=0x7f code=${code}`
  const now = 1_795_325_996_567
  const mkdir = { name: 'mkdir', number: 83, arch: 'x86_64' }

  test('names the call of the newest line about the process', () => {
    const lines = [line(7, now, { syscall: 59 }), line(7, now), line(8, now, { syscall: 41 })]
    expect(lastCall(lines, 7, now)).toEqual(mkdir)
    expect(lastCall(lines, 9, now)).toBeUndefined()
  })

  test('is not asked about a process of the same number that was before', () => {
    expect(lastCall([line(7, now - 5000)], 7, now)).toBeUndefined()
    expect(lastCall([line(7, now - 5000)], 7, now - 6000)).toEqual(mkdir)
  })

  test('has lines about calls that were let through, and others', () => {
    const lines = [line(7, now), line(7, now, { code: '0x7ffc0000', syscall: 59 }), 'type=1326 nonsense', '']
    expect(lastCall(lines, 7, now)).toEqual(mkdir)
  })

  test('is not deceived by what a process calls itself', () => {
    const comm = '"a pid=8 syscall="'
    expect(lastCall([line(7, now, { comm })], 8, now)).toBeUndefined()
  })
})
