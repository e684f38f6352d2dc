import { describe, expect, test } from 'vitest'
import { scratch } from './scratch.ts'
import { seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker']
const simulate = (...args: string[]): ReturnType<typeof seccomp> => seccomp(['simulate', ...args, ...target])

describe('seccomp simulate', () => {
  test('prints the verdict, what decided it, and the path', async () => {
    const profile = `{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 40, "op": "SCMP_CMP_EQ" }] }
] }`
    const folder = scratch({ 'p.json': profile })
    const { code, stdout } = await seccomp(['simulate', 'p.json', 'socket', '40', ...target], { cwd: folder })
    expect(code).toBe(0)
    const lines = stdout.split('\n')
    expect(lines[0]).toBe('ERRNO(EPERM)')
    expect(stdout).toContain('call: 41 (socket) on x86_64\n')
    expect(stdout).toContain('decided by: p.json:2:3 /syscalls/0\n')
    expect(stdout).toMatch(/path: (\d+) of \d+ instructions\n/)
    expect(lines.at(-2)).toMatch(/^ +\d+: ret ERRNO\(EPERM\)$/)
  })

  test.each([
    ['socket', ['1'], 'ALLOW'],
    ['socket', ['40'], 'ERRNO(EPERM)'],
    ['socket', ['0x100000028'], 'ERRNO(EPERM)'],
    ['personality', ['-1'], 'ALLOW'],
    ['unshare', [], 'ERRNO(EPERM)'],
    ['#5000', [], 'ERRNO(ENOSYS)'],
  ])('%s %j gets %s', async (call, args, verdict) => {
    const { stdout } = await simulate('docker-default', call, ...args)
    expect(stdout.split('\n')[0]).toBe(verdict)
  })

  test('asks for a call of another architecture', async () => {
    const own = await simulate('docker-default', 'vm86', '--call-arch', 'x86')
    expect(own.stdout).toContain('call: 166 (vm86) on x86\n')
    const foreign = await simulate('docker-default', 'read', '--call-arch', 'aarch64')
    expect(foreign.stdout.split('\n')[0]).toBe('KILL_PROCESS')
    expect(foreign.stdout).toContain('its architecture')
  })

  test('prints JSON, with 64 bits in full', async () => {
    const { stdout } = await simulate('docker-default', 'personality', '-1', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: { text: 'ALLOW', action: 'ALLOW', data: 0 },
      call: {
        name: 'personality',
        nr: 135,
        architecture: 'x86_64',
        args: ['0xffffffffffffffff'].concat(Array(5).fill('0x0')),
      },
      decidedBy: 'rule',
      position: { source: 'docker-default' },
    })
  })

  test.each([
    ['an unknown call', ['opne'], /did you mean "open"/],
    [
      'an argument that is no number or constant',
      ['socket', 'AF_VSOK'],
      /argument "AF_VSOK".*did you mean "AF_VSOCK"/,
    ],
    ['a seventh argument', ['socket', '1', '2', '3', '4', '5', '6', '7'], /at most 6/],
    ['an unknown architecture', ['read', '--call-arch', 'vax'], /unknown architecture 'vax'/],
  ])('exits with 2 for %s', async (_, args, message) => {
    const { code, stdout, stderr } = await simulate('docker-default', ...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
  })
})
