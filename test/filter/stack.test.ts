import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { run } from '../../lib/bpf/interpreter.ts'
import { actionOf, strictest, verdict } from '../../lib/bpf/verdict.ts'
import { policyFor } from '../../lib/filter/compile.ts'
import { proveStack } from '../../lib/filter/prove/prove.ts'
import { compileStack } from '../../lib/filter/stack.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'none' } as const
const values = (name: string, count: number, step = 7n): object[] =>
  Array.from({ length: count }, (_, i) => ({
    names: [name],
    action: 'SCMP_ACT_ALLOW',
    args: [{ index: 1, op: 'SCMP_CMP_EQ', value: BigInt(i) * step }],
  }))

describe('a stack of filters', () => {
  test('is one filter for a profile that fits', () => {
    expect(compileStack('docker-default', target)).toHaveLength(1)
  })

  test('splits many large calls between filters, and one huge call at an operand', {
    timeout: 120_000,
  }, () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        { names: ['write', 'openat2'], action: 'SCMP_ACT_ALLOW' },
        ...values('ioctl', 2500),
        ...values('prctl', 300),
        ...values('mmap', 2500, 0x100000001n),
      ],
    }
    const filters = compileStack(profile, target)
    expect(filters.length).toBeGreaterThan(1)
    for (const { instructions } of filters) expect(instructions.length).toBeLessThanOrEqual(4096)
    const programs = filters.map(({ instructions }) => instructions)
    const policy = policyFor(profile, target)
    expect(proveStack(programs, policy).result).toBe('proved')
    // The stack without one of its parts is not the policy.
    expect(proveStack(programs.slice(1), policy).result).toBe('differs')
    const numbers = ['read', 'write', 'ioctl', 'prctl', 'mmap'].map((name) => numberOf('x86_64', name)!)
    fc.assert(
      fc.property(
        fc.constantFrom(...numbers, 500, 0x40000001),
        fc.nat(20_000).map(BigInt),
        fc.constantFrom(1n, 0x100000001n),
        (nr, value, factor) => {
          const call = {
            arch: 0xc000003e,
            nr,
            instructionPointer: 0n,
            args: [0n, value * factor, 0n, 0n, 0n, 0n],
          }
          expect(strictest(programs.map((program) => run(program, call, 'little').verdict))).toBe(
            evaluate(policy, call),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  test('says which calls take the room when nothing can be split', () => {
    const masks = Array.from({ length: 4500 }, (_, i) => ({
      names: ['mmap'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 1, op: 'SCMP_CMP_MASKED_EQ', value: 0xffff0fffn, valueTwo: BigInt(i) * 65536n }],
    }))
    expect(() => compileStack({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: masks }, target)).toThrow(
      expect.objectContaining({
        code: 'ERR_FILTER_TOO_LARGE',
        message: expect.stringMatching(/mmap on x86_64 \(\d+\)/),
      }),
    )
  })
})

describe('the strictest verdict', () => {
  test('is the kernel’s order of actions, and the newest filter’s between equals', () => {
    const order = ['KILL_PROCESS', 'KILL_THREAD', 'TRAP', 'ERRNO', 'NOTIFY', 'TRACE', 'LOG', 'ALLOW'] as const
    for (const [i, strict] of order.entries())
      for (const lenient of order.slice(i))
        for (const pair of [
          [strict, lenient],
          [lenient, strict],
        ] as const)
          expect(actionOf(strictest(pair.map((action) => verdict(action))))).toBe(strict)
    expect(strictest([verdict('ERRNO', 1), verdict('ERRNO', 2)])).toBe(verdict('ERRNO', 2))
  })

  test('is what a stack of the same filter twice is proved by', () => {
    const [docker] = compileStack('docker-default', target)
    expect(proveStack([docker!.instructions, docker!.instructions], docker!.policy).result).toBe('proved')
  })
})
