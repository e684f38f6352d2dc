import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatC } from '../../lib/export/c.ts'
import { compile } from '../../lib/filter/compile.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { scratch } from '../cli/scratch.ts'

const filterFor = (arch: string): ReturnType<typeof compile> =>
  compile(dockerDefault, { arch, kernel: '6.18', capabilities: 'docker' })

const noCompiler = process.platform !== 'linux' || spawnSync('cc', ['--version']).error !== undefined
if (noCompiler)
  console.log('skipped: compiling the header, because there is no C compiler (cc) on Linux here')

describe('formatC', () => {
  test('has the instructions, each with its meaning', () => {
    const filter = filterFor('s390x')
    const text = formatC(filter)
    const rows = [...text.matchAll(/^ {2}\{(\w+), (\w+), (\w+), (\w+)\}, \/\*/gm)]
    expect(
      rows.map(([, code, jt, jf, k]) => ({
        code: Number(code),
        jt: Number(jt),
        jf: Number(jf),
        k: Number(k),
      })),
    ).toEqual(filter.instructions)
    expect(text).toContain('arch == s390x')
    expect(text).toContain('__ORDER_BIG_ENDIAN__')
  })

  test.skipIf(noCompiler)('compiles without a warning to the very bytes of the filter', () => {
    const filter = filterFor('x86_64')
    const folder = scratch({
      'filter.h': formatC(filter),
      'main.c': `#include <unistd.h>
#include "filter.h"
int main(void) {
  return write(1, seccomp_program.filter, seccomp_program.len * sizeof(struct sock_filter)) < 0;
}
`,
    })
    const program = join(folder, 'main')
    execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', program, join(folder, 'main.c')])
    expect(new Uint8Array(execFileSync(program))).toEqual(filter.bytes)
  })

  test.skipIf(noCompiler)('does not compile for the other byte order', () => {
    const folder = scratch()
    writeFileSync(join(folder, 'main.c'), formatC(filterFor('s390x')))
    const { status, stderr } = spawnSync('cc', ['-fsyntax-only', join(folder, 'main.c')], {
      encoding: 'utf8',
    })
    expect(status).not.toBe(0)
    expect(stderr).toContain('this filter is for another byte order')
  })
})
