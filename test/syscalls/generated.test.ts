import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { capabilities } from '../../lib/syscalls/capabilities.ts'

const root = join(import.meta.dirname, '../..')
const source = process.env['LINUX_SOURCE']
const why = source ? '' : ' (skipped: LINUX_SOURCE names no Linux source tree)'
if (!source) console.log(`test/syscalls/generated${why}`)
const generate = (...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [join(root, 'tools/gen-syscalls.js'), ...args], { timeout: 170_000 })

describe.skipIf(!source)(`the generated tables and the kernel's source${why}`, () => {
  test('every generated file is what the generator makes of this source', async () => {
    const { stdout } = await generate('--linux', source!, '--check')
    expect(stdout.trim().split('\n')).toHaveLength(4)
    // A thousand runs of the C compiler, for the constants.
  }, 180_000)

  test('the capabilities are those of include/uapi/linux/capability.h', () => {
    const header = readFileSync(join(source!, 'include/uapi/linux/capability.h'), 'utf8')
    const defined = [...header.matchAll(/^#define (CAP_\w+)\s+(\d+)\s*$/gm)]
    expect(defined.map(([, name]) => name)).toEqual(capabilities)
    expect(defined.map(([, , bit]) => Number(bit))).toEqual(capabilities.map((_, bit) => bit))
  })
})

test('the generator asks for a source when it is given none, and writes nothing', async () => {
  const { LINUX_SOURCE: _, ...env } = process.env
  const run = promisify(execFile)(process.execPath, [join(root, 'tools/gen-syscalls.js')], { env })
  await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--linux DIR') })
})
