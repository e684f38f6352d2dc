import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../lib/bpf/encode.ts'
import { type Instruction, op } from '../../lib/bpf/instruction.ts'
import { compile } from '../../lib/filter/compile.ts'
import { compileStack } from '../../lib/filter/stack.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { scratch } from './scratch.ts'
import { type Options, type Result, seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker', '--quiet']
const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const filter = compile(dockerDefault, options)
const prove = (args: readonly string[], more?: Options): Promise<Result> =>
  seccomp(['prove', ...args, ...target], more)

const instruction = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k })
const allowAll = '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}'

/** Rules on one call that need two filters. */
const long = {
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: Array.from({ length: 4200 }, (_, i) => ({
    names: ['ioctl'],
    action: 'SCMP_ACT_ALLOW',
    args: [{ index: 1, op: 'SCMP_CMP_EQ', value: i * 7 }],
  })),
}

describe('seccomp prove', () => {
  test.each(['x86_64', 'aarch64', 's390x'])('proves what compile writes for %s', async (arch) => {
    const file = join(scratch(), 'filter.bpf')
    const flags = ['--arch', arch, '--kernel', '6.18', '--caps', 'docker', '--quiet']
    expect((await seccomp(['compile', 'docker-default', ...flags, '-o', file])).code).toBe(0)
    const { code, stdout, stderr } = await seccomp(['prove', 'docker-default', file, ...flags])
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /^proved: every call gets the profile's verdict \(\d+ paths, \d+ cells, [\d.]+ ms; .+, Linux 6\.18, Docker's capabilities, as safe\)\n$/,
    )
    expect(stdout).toContain(arch)
    expect(code).toBe(0)
  })

  test('reads a filter from standard input, and prints JSON', async () => {
    const { code, stdout } = await prove(['docker-default', '-', '--json'], { input: filter.bytes })
    expect(code).toBe(0)
    const { paths, cells } = filter.proof
    expect(JSON.parse(stdout)).toMatchObject({ result: 'proved', paths, cells })
  })

  test('finds a patched byte, and prints the call, both verdicts and the rule that decides', async () => {
    const folder = scratch({
      'p.json': `{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 40, "op": "SCMP_CMP_EQ" }] }
] }`,
    })
    const { bytes } = await seccomp(['compile', 'p.json', ...target], { cwd: folder })
    writeFileSync(join(folder, 'filter.bpf'), bytes)
    expect((await prove(['p.json', 'filter.bpf'], { cwd: folder })).code).toBe(0)
    // The operand's low byte, in the field k of a JEQ: 40 becomes 41.
    const jump = decode(bytes, 'little').findIndex(({ code, k }) => code === op.JEQ_K && k === 40)
    bytes[jump * 8 + 4] = 41
    writeFileSync(join(folder, 'patched.bpf'), bytes)
    const { code, stdout } = await prove(['p.json', 'patched.bpf'], { cwd: folder })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^differs: /)
    expect(stdout).toMatch(/^call: 41 \(socket\) on x86_64$/m)
    const json = await prove(['p.json', 'patched.bpf', '--json'], { cwd: folder })
    expect(json.code).toBe(1)
    const proof = JSON.parse(json.stdout)
    expect(proof).toMatchObject({
      result: 'differs',
      call: { name: 'socket', architecture: 'x86_64', nr: 41 },
    })
    // Which of the two calls it names is its choice: 40 is now allowed, 41 refused.
    const refused = { text: 'ERRNO(EPERM)', action: 'ERRNO', data: 1, value: 0x50001 }
    const allowed = { text: 'ALLOW', action: 'ALLOW', data: 0, value: 0x7fff0000 }
    if (proof.call.args[0] === '0x28') {
      expect(proof).toMatchObject({ filter: allowed, policy: refused, position: { pointer: '/syscalls/0' } })
      expect(stdout).toContain('decided by: p.json:2:3 /syscalls/0\n')
    } else {
      expect(proof.call.args[0]).toBe('0x29')
      expect(proof).toMatchObject({ filter: refused, policy: allowed, decidedBy: 'default' })
      expect(stdout).toContain('decided by: the default action')
    }
  })

  test('tells modes apart: a filter made as safe is not runc’s reading', async () => {
    const { code, stdout } = await prove(['docker-default', '-', '--as', 'runc'], { input: filter.bytes })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^filter: .+\nprofile: .+\ndecided by: .+\n$/m)
  })

  test('proves several files as the stack they are installed as', async () => {
    const folder = scratch({ 'long.json': JSON.stringify(long) })
    const filters = compileStack(long, options)
    expect(filters.length).toBeGreaterThan(1)
    const names = filters.map(({ bytes }, i) => {
      writeFileSync(join(folder, `${i}.bpf`), bytes)
      return `${i}.bpf`
    })
    expect((await prove(['long.json', ...names], { cwd: folder })).code).toBe(0)
    const part = await prove(['long.json', names[0]!], { cwd: folder })
    expect(part.code).toBe(1)
  })

  test('is undecided about arithmetic that it can’t follow, and says where', async () => {
    const folder = scratch({ 'p.json': allowAll })
    const odd = [
      instruction(op.LD_ABS, 0),
      instruction(op.MUL_K, 3),
      instruction(op.JEQ_K, 9, 0, 1),
      instruction(op.RET_K, 0),
      instruction(op.RET_K, 0x7fff0000),
    ]
    writeFileSync(join(folder, 'plain.bpf'), compile(JSON.parse(allowAll), options).bytes)
    writeFileSync(join(folder, 'odd.bpf'), encode(odd, 'little'))
    const { code, stdout } = await prove(['p.json', 'plain.bpf', 'odd.bpf'], { cwd: folder })
    expect(code).toBe(2)
    expect(stdout).toMatch(/^undecided: "odd\.bpf", instruction 2: computes with a word of the call \(mul\)/)
    const json = await prove(['p.json', 'plain.bpf', 'odd.bpf', '--json'], { cwd: folder })
    expect(json.code).toBe(2)
    expect(JSON.parse(json.stdout)).toMatchObject({
      result: 'undecided',
      program: 1,
      file: 'odd.bpf',
      instruction: 2,
    })
  })

  test.each([
    ['nothing', Buffer.alloc(0), /"-": 0 bytes are no filter/],
    ['half an instruction', Buffer.from(filter.bytes.subarray(0, 100)), /"-": 100 bytes are no filter/],
    [
      'a truncated filter',
      Buffer.from(filter.bytes.subarray(0, 80)),
      /"-" is no filter .*: instruction \d+: /,
    ],
    ['too much', Buffer.alloc(4097 * 8), /no filter/],
  ])('exits with 2 for %s', async (_, input, message) => {
    const { code, stdout, stderr } = await prove(['docker-default', '-'], { input })
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
  })

  test('exits with 2 for a filter of the other byte order, and for a bad profile', async () => {
    const big = compile(dockerDefault, { ...options, arch: 's390x' })
    const swapped = await prove(['docker-default', '-'], { input: big.bytes })
    expect(swapped.code).toBe(2)
    expect(swapped.stderr).toContain('read as big-endian it is one')
    const folder = scratch({ 'bad.json': '{' })
    const bad = await prove(['bad.json', '-'], { input: filter.bytes, cwd: folder })
    expect(bad.code).toBe(2)
    expect(bad.stderr).toContain('bad.json')
  })
})
