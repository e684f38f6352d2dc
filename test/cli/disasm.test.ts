import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { disassemble } from '../../lib/inspect/disassemble.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { scratch } from './scratch.ts'
import { seccomp } from './seccomp.ts'

const filterFor = (arch: string): ReturnType<typeof compile> =>
  compile(dockerDefault, { arch, kernel: '6.18', capabilities: 'docker' })

describe('seccomp disasm', () => {
  test('reads what compile writes, from a file and from standard input', async () => {
    const { bytes, instructions } = filterFor('x86_64')
    const file = join(scratch(), 'filter.bpf')
    writeFileSync(file, bytes)
    const expected = disassemble(instructions)
    expect((await seccomp(['disasm', file])).stdout).toBe(expected)
    expect((await seccomp(['disasm', '-'], { input: bytes })).stdout).toBe(expected)
  })

  test('reads the other byte order when it is told the architecture, and says so when it is not', async () => {
    const { bytes } = filterFor('s390x')
    const told = await seccomp(['disasm', '-', '--arch', 's390x'], { input: bytes })
    expect(told.stdout).toContain('arch == s390x')
    const untold = await seccomp(['disasm', '-'], { input: bytes })
    expect(untold.code).toBe(2)
    expect(untold.stderr).toContain('read as big-endian it is one')
  })

  test('prints JSON with the raw fields beside the text', async () => {
    const { bytes, instructions } = filterFor('x86_64')
    const { stdout } = await seccomp(['disasm', '-', '--json'], { input: bytes })
    const document = JSON.parse(stdout)
    expect(document.instructions).toHaveLength(instructions.length)
    expect(document.instructions[0]).toEqual({ ...instructions[0], index: 0, text: 'ld arch', comment: '' })
  })

  test('marks the path of one call, and JSON has it', async () => {
    const { bytes } = filterFor('x86_64')
    const { stdout } = await seccomp(['disasm', '-', '--path', 'socket', 'AF_VSOCK'], { input: bytes })
    const path = stdout.split('\n').filter((line) => line.startsWith('>'))
    expect(path[0]).toMatch(/^> *0: ld arch/)
    expect(path.at(-1)).toMatch(/ret ERRNO\(EPERM\)$/)
    expect(stdout.split('\n').every((line) => /^(?:> | {2}|$)/.test(line))).toBe(true)
    const { stdout: text } = await seccomp(['disasm', '-', '--json', '--path', 'read'], { input: bytes })
    expect(JSON.parse(text)).toMatchObject({ verdict: 'ALLOW', path: expect.arrayContaining([0]) })
    const coloured = await seccomp(['disasm', '-', '--path', 'read'], {
      input: bytes,
      env: { FORCE_COLOR: '1', NO_COLOR: '' },
    })
    expect(coloured.stdout.split('\n')[0]).toBe(`\x1b[1m${path[0]}\x1b[0m`)
  })

  test.each([
    ['nothing', ''],
    ['half an instruction', 'abcd'],
    ['text', 'not a filter at all, but sixty-four bytes of text, to be exact.\n'],
    ['too much', Buffer.alloc(4097 * 8)],
  ])('exits with 2 for %s', async (_, input) => {
    const { code, stdout, stderr } = await seccomp(['disasm', '-'], { input })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^seccomp: .+\n$/)
    expect(stdout).toBe('')
  })

  test('exits with 2 for a file that is not there, and for a folder', async () => {
    const folder = scratch()
    for (const file of [join(folder, 'missing'), folder]) {
      const { code, stderr } = await seccomp(['disasm', file])
      expect(code).toBe(2)
      expect(stderr).toMatch(/^seccomp: can't read ".+": .+\n$/)
    }
  })
})
