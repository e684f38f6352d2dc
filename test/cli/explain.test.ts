import { describe, expect, test } from 'vitest'
import { scratch } from './scratch.ts'
import { seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker']
const explain = (...args: string[]): ReturnType<typeof seccomp> => seccomp(['explain', ...args, ...target])

describe('seccomp explain', () => {
  test('names the verdict, the rule with its place, and what to ask for', async () => {
    const profile = `{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["ioctl"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 1, "value": 21522, "op": "SCMP_CMP_EQ" }] }
] }`
    const folder = scratch({ 'p.json': profile })
    const args = ['explain', 'p.json', 'ioctl', '0', 'TIOCSTI', ...target]
    const { code, stdout, stderr } = await seccomp(args, { cwd: folder })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n')[0]).toBe('ERRNO(EPERM)')
    expect(stdout).toContain('p.json:2:3 /syscalls/0')
    expect(stdout).toContain('because cmd is TIOCSTI (0x5412)')
    expect(stdout).toContain('take ioctl out of the rule at p.json:2:3')
  })

  test('prints JSON of a call, arguments in full', async () => {
    const { stdout } = await explain('docker-default', 'socket', 'AF_VSOCK', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      syscall: 'socket',
      args: ['0x28', '0x0', '0x0', '0x0', '0x0', '0x0'],
      verdict: { text: 'ERRNO(EPERM)', action: 'ERRNO', data: 1 },
      cases: [{ by: 'default' }],
      idle: [{ why: 'unmatched' }, { why: 'unmatched' }, { why: 'unmatched' }],
      danger: expect.stringContaining('hypervisor'),
    })
    const depends = JSON.parse((await explain('docker-default', 'socket', '--json')).stdout)
    expect(depends.verdict).toBeNull()
    expect(depends.cases).toHaveLength(4)
  })

  test('sums up a whole profile, in text and JSON', async () => {
    const { code, stdout } = await explain('docker-default')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Keyrings +- +- +3$/m)
    const { groups, defaultVerdict } = JSON.parse((await explain('docker-default', '--json')).stdout)
    expect(defaultVerdict.text).toBe('ERRNO(EPERM)')
    expect(groups.find(({ name }: { name: string }) => name === 'keys').denied).toEqual([
      'add_key',
      'keyctl',
      'request_key',
    ])
  })

  test('colours only where it is told to, or sees a terminal', async () => {
    const colour = (env: Record<string, string>): ReturnType<typeof seccomp> =>
      seccomp(['explain', 'docker-default', 'mount', ...target], { env })
    const plain = await colour({ NO_COLOR: '', FORCE_COLOR: '' })
    expect(plain.stdout.startsWith('ERRNO(EPERM)\n')).toBe(true)
    const forced = await colour({ NO_COLOR: '', FORCE_COLOR: '1' })
    expect(forced.stdout.startsWith('\x1b[31mERRNO(EPERM)\x1b[0m\n')).toBe(true)
    const without = await colour({ NO_COLOR: '1', FORCE_COLOR: '1' })
    expect(without.stdout).toBe(plain.stdout)
  })

  test.each([
    ['an unknown call', ['opne'], /did you mean "open"/],
    ['an unknown constant', ['socket', 'AF_VSOK'], /did you mean "AF_VSOCK"/],
    ['an unknown architecture', ['read', '--call-arch', 'vax'], /unknown architecture 'vax'/],
  ])('exits with 2 for %s', async (_, args, message) => {
    const { code, stdout, stderr } = await explain('docker-default', ...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
  })
})
