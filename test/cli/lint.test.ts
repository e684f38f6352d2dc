import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { scratch } from './scratch.ts'
import { type Options, type Result, seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker']
const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const lint = (args: readonly string[], more?: Options): Promise<Result> =>
  seccomp(['lint', ...args, ...target], more)

const vsock = `{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [
    { "names": ["socket"], "action": "SCMP_ACT_ERRNO",
      "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 40 }] }
  ]
}`

describe('seccomp lint', () => {
  test('prints errors with place, call, attack and remedy, and exits with 1', async () => {
    const { code, stdout, stderr } = await lint(['vsock.json'], { cwd: scratch({ 'vsock.json': vsock }) })
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^error: io_uring_setup is allowed, socket is not/)
    expect(stdout).toMatch(/^ {2}at vsock\.json:4:5 \/syscalls\/0$/m)
    expect(stdout).toMatch(/^ {2}call socket\(family=AF_VSOCK \(0x100000028\), type=0, protocol=0\)$/m)
    expect(stdout).toMatch(/^ {2}why /m)
    expect(stdout).toMatch(/^ {2}fix /m)
    expect(stdout).toMatch(/\n1 error, 3 warnings, 0 notes; needs Linux 3\.5 or newer\n$/)
    expect(code).toBe(1)
  })

  test('exits with 0 for warnings, and with 1 if they are to count', async () => {
    expect((await lint(['docker-default'])).code).toBe(0)
    expect((await lint(['docker-default', '--strict'])).code).toBe(1)
  })

  test('prints JSON', async () => {
    const { code, stdout } = await lint(['docker-default', '--json'])
    expect(code).toBe(0)
    const { findings, counts, minimumKernel } = JSON.parse(stdout)
    expect(counts).toEqual({ error: 0, warning: 4, note: 2 })
    expect(minimumKernel.kernel).toEqual({ major: 3, minor: 5 })
    expect(findings[1]).toMatchObject({
      check: 'argument-width',
      severity: 'warning',
      architectures: ['x86_64'],
      positions: [{ source: 'docker-default' }, { pointer: '/defaultAction' }],
      call: { nr: 41, args: ['0x100000026', '0x0', '0x0', '0x0', '0x0', '0x0'] },
    })
  })

  test('takes a raw filter', async () => {
    const { bytes } = compile(JSON.parse(vsock), { ...options, as: 'runc' })
    const { code, stdout } = await lint(['-'], { input: bytes })
    expect(stdout).toContain('[argument-width]')
    expect(stdout).toMatch(/^error: io_uring_setup/)
    expect(code).toBe(1)
  })

  test.each([
    ['a missing file', ['none.json'], /no such profile file/],
    ['a bad profile', ['bad.json'], /bad\.json:1:/],
    ['a name that is no preset’s', ['docker-defualt'], /did you mean "docker-default"/],
  ])('exits with 2 for %s', async (_, args, message) => {
    const { code, stdout, stderr } = await lint(args, { cwd: scratch({ 'bad.json': '[]' }) })
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })
})
