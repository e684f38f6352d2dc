import fc from 'fast-check'
import { expect, test } from 'vitest'
import { op, type Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { actionOf, dataOf, verdict } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/core.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { canaryOf } from '../../lib/testing/canary.ts'

const target = { arch: 'x86_64', kernel: '6.1', capabilities: 'docker' } as const
const filter = compile('docker-default', target)
const ret = (k: number): Program[number] => ({ code: op.RET_K, jt: 0, jf: 0, k })

test('a canary refuses every call, and its errno names the verdict of the program it is made from', () => {
  const canary = canaryOf(filter.instructions)
  const calls = fc.record({
    arch: fc.constantFrom(architecture('x86_64').audit, architecture('x86').audit, 0),
    nr: fc.oneof(
      fc.nat(500),
      fc.nat(500).map((nr) => nr + 0x40000000),
    ),
    args: fc.array(fc.bigInt(0n, 0xffffffffffffffffn), { minLength: 6, maxLength: 6 }),
    instructionPointer: fc.constant(0n),
  })
  fc.assert(
    fc.property(calls, (call) => {
      const answer = run(canary.instructions, call, 'little').verdict
      expect(actionOf(answer)).toBe('ERRNO')
      expect(dataOf(answer)).toBeGreaterThanOrEqual(1024)
      expect(dataOf(answer)).toBeLessThanOrEqual(4095)
      expect(canary.verdictOf(dataOf(answer))).toBe(run(filter.instructions, call, 'little').verdict)
    }),
  )
})

test('nothing but the constants of returns is changed', () => {
  const { instructions } = canaryOf(filter.instructions)
  expect(instructions.map((each) => (each.code === op.RET_K ? { ...each, k: 0 } : each))).toEqual(
    filter.instructions.map((each) => (each.code === op.RET_K ? { ...each, k: 0 } : each)),
  )
})

test('an errno that stands for no verdict is told from all others', () => {
  expect(canaryOf([ret(verdict('ALLOW'))]).verdictOf(1025)).toBeUndefined()
  expect(canaryOf([ret(verdict('ALLOW'))]).verdictOf(1)).toBeUndefined()
})

test('3072 verdicts can be told apart, and more are refused', () => {
  const returns = (count: number): Program =>
    Array.from({ length: count }, (_, data) => ret(verdict('TRACE', data)))
  expect(canaryOf(returns(3072)).verdictOf(4095)).toBe(verdict('TRACE', 3071))
  expect(() => canaryOf(returns(3073))).toThrow(expect.objectContaining({ code: 'ERR_FILTER_TOO_LARGE' }))
})

test('a program that returns what it computed has no canary', () => {
  expect(() => canaryOf([{ code: op.RET_A, jt: 0, jf: 0, k: 0 }])).toThrow(
    expect.objectContaining({ code: 'ERR_FILTER_INVALID' }),
  )
})
