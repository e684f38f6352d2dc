import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { scratch } from './scratch.ts'
import { bin, execute, seccomp } from './seccomp.ts'

const verbs = [
  ...['run', 'check', 'compile', 'prove', 'verify', 'explain', 'simulate'],
  ...['diff', 'test', 'lint', 'audit', 'disasm', 'asm', 'inspect'],
]

describe('seccomp', () => {
  test('lists every verb and the exit codes in its help', async () => {
    const { code, stdout } = await seccomp(['--help'])
    expect(code).toBe(0)
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^ {2}${verb} {2,}\\w`, 'm'))
    for (const exit of [0, 1, 2, 78, 125, 126, 127]) expect(stdout).toMatch(new RegExp(`^ +${exit} {2}`, 'm'))
  })

  test.each(verbs)('%s has help with an example, for a terminal of 80 columns', async (verb) => {
    const { code, stdout } = await seccomp([verb, '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/Examples?:\n {2}\$ seccomp /)
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('help VERB is the same', async () => {
    const [one, other] = await Promise.all([seccomp(['help', 'run']), seccomp(['run', '--help'])])
    expect(one).toEqual(other)
  })

  test('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect((await seccomp(['--version'])).stdout).toBe(`${version}\n`)
  })

  test.each([
    ['no verb', [], /Usage: seccomp/],
    ['an unknown verb', ['simulte'], /^seccomp: unknown command 'simulte'\n\(Did you mean simulate\?\)\n$/],
    ['an unknown option', ['compile', '--formt', 'c', 'x'], /^seccomp: unknown option '--formt'/],
    [
      'an unknown format',
      ['compile', 'docker-default', '--format', 'elf'],
      /^seccomp: .*'elf' is invalid.*bpf, asm/,
    ],
    ['a missing argument', ['simulate', 'docker-default'], /^seccomp: missing required argument 'call'\n$/],
    ['one argument too many', ['disasm', 'a', 'b'], /^seccomp: too many arguments/],
  ])('exits with 2 for %s', async (_, args, message) => {
    const { code, stdout, stderr } = await seccomp(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
  })

  test('names every issue of a profile on a line of its own, without a stack', async () => {
    const folder = scratch({
      'bad.json': '{ "defaultAction": "ALLOW",\n "syscalls": [{ "nams": ["read"] }] }\n',
    })
    const { code, stderr } = await seccomp(['compile', 'bad.json', '--format', 'asm'], { cwd: folder })
    expect(code).toBe(2)
    const lines = stderr.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(line).toMatch(/^seccomp: bad\.json:\d+:\d+: /)
    expect(lines[0]).toContain('SCMP_ACT_ALLOW')
  })

  test('shows where an error comes from only when asked', async () => {
    const plain = await seccomp(['compile', 'no-such-profile'])
    expect(plain.stderr.trimEnd().split('\n')).toHaveLength(1)
    const debug = await seccomp(['compile', 'no-such-profile'], { env: { SECCOMP_DEBUG: '1' } })
    expect(debug.stderr).toContain('ERR_PROFILE_NOT_FOUND')
    expect(debug.stderr).toMatch(/^ {4}at /m)
  })

  test.skipIf(process.platform === 'win32')('is quiet when its reader goes away', async () => {
    const pipe = `"${process.execPath}" "${bin}" compile docker-default --quiet --arch x86_64 --kernel 6.18 --caps all --format json | head -c 10`
    const { stdout, stderr } = await execute('/bin/sh', ['-c', pipe])
    expect(stdout).toHaveLength(10)
    expect(stderr).toBe('')
  })
})
