import { describe, expect, test } from 'vitest'
import { type Instruction, op } from '../../lib/bpf/instruction.ts'
import { ALLOW } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { stats } from '../../lib/filter/stats.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { syscallNames } from '../../lib/syscalls/numbers.ts'

const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
const ret: Instruction = { code: op.RET_K, jt: 0, jf: 0, k: 0 }

describe('stats', () => {
  test('count the instructions of the worst path', () => {
    const either = (jt: number, jf: number): Instruction => ({ code: op.JEQ_K, jt, jf, k: 1 })
    expect(stats([ret], target)).toMatchObject({ instructions: 1, longestPath: 1 })
    expect(stats([either(2, 0), either(0, 1), ret, ret], target)).toMatchObject({
      instructions: 4,
      longestPath: 3,
    })
    const jump = { code: op.JA, jt: 0, jf: 0, k: 1 }
    expect(stats([jump, ret, ret], target)).toMatchObject({ instructions: 3, longestPath: 2 })
  })

  test('count the calls that the kernel’s cache takes, of those that the architecture has', () => {
    expect(stats([{ ...ret, k: ALLOW }], target).cacheable).toBe(syscallNames('x86_64').size)
    expect(stats([ret], target).cacheable).toBe(0)
    // What the profile allows whatever its arguments.
    expect(
      compile('docker-default', { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }).stats,
    ).toEqual({
      instructions: expect.any(Number),
      longestPath: expect.any(Number),
      cacheable: 306,
    })
  })

  test.each([
    ['x86_64', '5.10'],
    ['x32', '6.18'],
    ['mips64', '6.18'],
  ])('count none where there is no cache: %s, Linux %s', (arch, kernel) => {
    expect(compile('docker-default', { arch, kernel, capabilities: 'docker' }).stats.cacheable).toBe(0)
  })

  test('are computed when first read, once', () => {
    const filter = compile('docker-default', { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
    expect(filter.stats).toBe(filter.stats)
    expect({ ...filter }.stats).toBe(filter.stats)
  })
})
