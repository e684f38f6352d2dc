import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { scratch } from './scratch.ts'
import { seccomp } from './seccomp.ts'

describe('seccomp asm', () => {
  test.each(['x86_64', 's390x'])(
    'reads back what disasm prints, with a path marked too (%s)',
    async (arch) => {
      const { bytes } = compile(dockerDefault, { arch, kernel: '6.18', capabilities: 'docker' })
      const file = join(scratch(), 'copy.bpf')
      for (const more of [[], ['--path', 'read']]) {
        const { stdout } = await seccomp(['disasm', '-', '--arch', arch, ...more], { input: bytes })
        const { code, stderr } = await seccomp(['asm', '-', '--arch', arch, '-o', file], { input: stdout })
        expect([code, stderr]).toEqual([0, ''])
        expect(readFileSync(file).equals(bytes)).toBe(true)
      }
    },
  )

  test('says every fault with its line and column, and writes nothing', async () => {
    const folder = scratch({ 'f.asm': 'ld nr\njqe 1, 2, 3\nret PERHAPS\n' })
    const result = await seccomp(['asm', 'f.asm', '-o', 'f.bpf'], { cwd: folder })
    expect(result.code).toBe(2)
    expect(result.stderr).toBe(
      'seccomp: f.asm:2:1: no instruction is called "jqe"; did you mean "jeq"?\n' +
        'seccomp: f.asm:3:5: "PERHAPS" is no verdict: write ALLOW, ERRNO(EPERM) and so on, a number up to 0xffffffff, or a\n',
    )
    expect(() => readFileSync(join(folder, 'f.bpf'))).toThrow('ENOENT')
  })
})
