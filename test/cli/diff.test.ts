import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encode } from '../../lib/bpf/encode.ts'
import { op } from '../../lib/bpf/instruction.ts'
import { compile } from '../../lib/filter/compile.ts'
import { scratch } from './scratch.ts'
import { type Options, type Result, seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker']
const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const diff = (args: readonly string[], more?: Options): Promise<Result> =>
  seccomp(['diff', ...args, ...target], more)

const profile = (...names: string[]): string => `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    { "names": ${JSON.stringify(names)}, "action": "SCMP_ACT_ALLOW" },
    { "names": ["rseq_slice_yield"], "action": "SCMP_ACT_ALLOW" }
  ]
}`
const files = { 'old.json': profile('read'), 'new.json': profile('read', 'write') }

describe('seccomp diff', () => {
  test('prints what changed, with the places on both sides, and exits with 1', async () => {
    const { code, stdout, stderr } = await diff(['old.json', 'new.json'], { cwd: scratch(files) })
    expect(stderr).toBe('')
    expect(stdout).toBe(`--- old.json
+++ new.json
different: 1 call
(x86_64, Linux 6.18, Docker's capabilities, as safe)

write on x86_64
- ERRNO(EPERM)  the default action at old.json:2:3
+ ALLOW  new.json:4:5 /syscalls/0
`)
    expect(code).toBe(1)
  })

  test('exits with 0 for the same, and says for which target', async () => {
    const { code, stdout } = await diff(['old.json', 'old.json'], { cwd: scratch(files) })
    expect(stdout).toMatch(/^same: every call gets the same verdict\n\(x86_64, /)
    expect(code).toBe(0)
  })

  test('prints JSON, a call at a time', async () => {
    const { code, stdout } = await diff(['old.json', 'new.json', '--json'], { cwd: scratch(files) })
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      result: 'different',
      target: "x86_64, Linux 6.18, Docker's capabilities, as safe",
      files: ['old.json', 'new.json'],
      differences: [
        {
          name: 'write',
          arch: 'x86_64',
          numbers: [{ low: 1, high: 1 }],
          audit: [{ low: 0xc000003e, high: 0xc000003e }],
          always: true,
          before: {
            verdict: { text: 'ERRNO(EPERM)', action: 'ERRNO', data: 1, value: 0x50001 },
            decidedBy: 'default',
            position: { pointer: '/defaultAction', source: 'old.json', line: 2, column: 3 },
          },
          after: {
            verdict: { text: 'ALLOW', action: 'ALLOW', data: 0, value: 0x7fff0000 },
            decidedBy: 'rule',
            position: { pointer: '/syscalls/0', source: 'new.json', line: 4, column: 5 },
            conditions: [],
          },
          call: { nr: 1, arch: 0xc000003e, instructionPointer: '0x0', args: new Array(6).fill('0x0') },
        },
      ],
      undecided: [],
      gated: [],
      flags: [[], []],
    })
  })

  test('takes raw filters on either side, from a file or standard input', async () => {
    const { bytes } = compile('docker-default', options)
    const cwd = scratch()
    writeFileSync(join(cwd, 'filter.bpf'), bytes)
    for (const sides of [
      ['docker-default', 'filter.bpf'],
      ['filter.bpf', '-'],
    ])
      expect((await diff(sides, { cwd, input: bytes })).code).toBe(0)
    const { code, stdout } = await diff(['filter.bpf', 'unconfined'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^- ERRNO\(EPERM\)\n\+ ALLOW {2}the default action$/m)
  })

  test('reads a filter in the byte order of --arch', async () => {
    const { bytes } = compile('docker-default', { ...options, arch: 's390x' })
    const cwd = scratch()
    writeFileSync(join(cwd, 'filter.bpf'), bytes)
    const { code } = await seccomp(
      ['diff', 'docker-default', 'filter.bpf', '--arch', 's390x', '--kernel', '6.18', '--caps', 'docker'],
      { cwd },
    )
    expect(code).toBe(0)
  })

  test('exits with 2 where a filter can’t be followed and nothing else differs', async () => {
    const odd = [
      { code: op.LD_ABS, k: 0, jt: 0, jf: 0 },
      { code: op.MUL_K, k: 3, jt: 0, jf: 0 },
      { code: op.JEQ_K, k: 9, jt: 0, jf: 0 },
      { code: op.RET_K, k: 0x7fff0000, jt: 0, jf: 0 },
    ]
    const { code, stdout } = await diff(['-', 'unconfined'], { input: encode(odd, 'little') })
    expect(stdout).toContain('undecided: ')
    expect(code).toBe(2)
  })

  test.each([
    ['a missing file', ['old.json', 'none.json'], /no such profile file/],
    ['a bad profile', ['old.json', 'bad.json'], /bad\.json:1:\d+/],
    ['bytes that are no filter', ['old.json', 'bad.bpf'], /bad\.bpf/],
    ['standard input twice', ['-', '-'], /standard input holds one filter/],
    ['one side alone', ['old.json'], /missing required argument/],
  ])('exits with 2 for %s', async (_, args, message) => {
    const cwd = scratch({ ...files, 'bad.json': '{ "defaultAction": 1 }', 'bad.bpf': '\0\0\0' })
    const { code, stdout, stderr } = await diff(args, { cwd })
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })
})
