import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileStack } from '../../lib/filter/stack.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'
import { scratch } from './scratch.ts'
import { seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'none']
const large = JSON.stringify({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: ['ioctl', 'prctl'].flatMap((name) =>
    Array.from({ length: 2200 }, (_, place) => ({
      names: [name],
      action: 'SCMP_ACT_ERRNO',
      args: [{ index: 1, op: 'SCMP_CMP_EQ', value: place * 7 }],
    })),
  ),
})

describe('seccomp compile of a profile that is too large for one filter', () => {
  test('says how large, which calls take the room, and what to do', async () => {
    const cwd = scratch({ 'large.json': large })
    const args = ['compile', 'large.json', ...target, '-o', 'filter.bpf']
    const { code, stdout, stderr } = await seccomp(args, { cwd })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(
      /^seccomp: the filter needs \d{4} instructions, the kernel takes 4096; .*ioctl on x86_64 \(\d+\).*--stack.*\n$/,
    )
    expect(existsSync(join(cwd, 'filter.bpf'))).toBe(false)
  })

  test('writes with --stack one file for each filter, and prints their names in order', async () => {
    const cwd = scratch({ 'large.json': large, 'filter.bpf.3': 'of another stack' })
    const args = ['compile', 'large.json', ...target, '--stack', '-o', 'filter.bpf']
    const { code, stdout, stderr } = await seccomp(args, { cwd })
    expect(code).toBe(0)
    // 2200 rules for ioctl have the same to be said of them.
    expect(stderr).toMatch(/ and 2179 more places\)\n/)
    expect(stderr.length).toBeLessThan(2000)
    const names = stdout.trimEnd().split('\n')
    const filters = compileStack(parseProfileText(large), {
      arch: 'x86_64',
      kernel: '6.18',
      capabilities: 'none',
    })
    expect(names).toEqual(filters.map((_, index) => `filter.bpf.${index + 1}`))
    expect(names.length).toBeGreaterThan(1)
    for (const [index, { bytes }] of filters.entries())
      expect(new Uint8Array(readFileSync(join(cwd, names[index]!)))).toEqual(bytes)
  })
})

describe('seccomp compile --stack', () => {
  test('writes one file for a profile that fits, in any format', async () => {
    const cwd = scratch()
    const args = ['compile', 'docker-default', ...target, '--stack', '--format', 'asm', '-o', 'd', '--quiet']
    expect(await seccomp(args, { cwd })).toMatchObject({ code: 0, stdout: 'd.1\n', stderr: '' })
    expect(readdirSync(cwd)).toEqual(['d.1'])
    expect(readFileSync(join(cwd, 'd.1'), 'utf8')).toMatch(/^ *0: ld arch\n/)
  })

  test('wants the name of a file, and no stage of the compiler', async () => {
    const nameless = await seccomp(['compile', 'docker-default', ...target, '--stack'])
    expect(nameless).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/-o\n$/) })
    const staged = await seccomp(['compile', 'docker-default', '--stack', '-o', 'x', '--emit', 'tree'])
    expect(staged).toMatchObject({ code: 2, stderr: expect.stringContaining('--emit') })
  })
})
