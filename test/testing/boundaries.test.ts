import { describe, expect, test } from 'vitest'
import type { Program } from '../../lib/bpf/instruction.ts'
import { assemblePolicy, compile } from '../../lib/filter/compile.ts'
import type { OperatorName } from '../../lib/profile/types.ts'
import { boundariesOf, vectorsOf } from '../../lib/testing/boundaries.ts'
import { operandsOf } from '../../lib/testing/operands.ts'
import {
  architecturesBehind,
  countQuestions,
  encodeQuestions,
  topicsOf,
} from '../../lib/testing/questions.ts'

const ALL = 0xffffffffffffffffn
const condition = (op: OperatorName, value: bigint, valueTwo = 0n) =>
  ({ index: 0, op, width: 64, value, valueTwo }) as const

describe('the edges of a condition', () => {
  test('are its operand, one less and one more, each with other high halves', () => {
    const edges = boundariesOf(condition('SCMP_CMP_EQ', 40n))
    expect(edges).toEqual(
      expect.arrayContaining([39n, 40n, 41n, 0x100000028n, 0x8000000000000028n, 0xffffffff00000028n]),
    )
    expect(new Set(edges).size).toBe(edges.length)
  })

  test('wrap around at the ends of 64 bits', () => {
    expect(boundariesOf(condition('SCMP_CMP_GE', 0n))).toContain(ALL)
    expect(boundariesOf(condition('SCMP_CMP_LE', ALL))).toContain(0n)
  })

  test('of a mask are its complement and each of its bits', () => {
    expect(boundariesOf(condition('SCMP_CMP_MASKED_EQ', 0x5n, 0x4n))).toEqual(
      expect.arrayContaining([4n, 5n, 0n, 4n | (ALL ^ 5n), ALL ^ 4n]),
    )
  })
})

const target = { arch: 'x86_64', kernel: '6.1', capabilities: 'docker' } as const
const { policy } = compile('docker-default', target)

test('each rule of a call is met, and missed by each of its conditions', () => {
  const rules = (conditions: readonly object[]) =>
    vectorsOf({ number: 1, name: 'x', rules: [{ conditions, verdict: 0, position: undefined }] } as never)
  const vectors = rules([condition('SCMP_CMP_GT', 7n), { ...condition('SCMP_CMP_NE', 9n), index: 3 }])
  expect(vectors).toContainEqual([8n, 0n, 0n, 10n, 0n, 0n])
  expect(vectors).toContainEqual([7n, 0n, 0n, 10n, 0n, 0n])
  expect(vectors).toContainEqual([8n, 0n, 0n, 9n, 0n, 0n])
})

test('a program tells which word each of its constants is compared with', () => {
  const program: Program = [
    { code: 0x20, jt: 0, jf: 0, k: 16 }, // argument 0, low
    { code: 0x54, jt: 0, jf: 0, k: 0xf0 },
    { code: 0x15, jt: 1, jf: 0, k: 0x30 },
    { code: 0x20, jt: 0, jf: 0, k: 28 }, // argument 1, high
    { code: 0x35, jt: 0, jf: 0, k: 7 },
    { code: 0x06, jt: 0, jf: 0, k: 0 },
  ]
  const operands = operandsOf(program, 'little')
  expect([...operands.get(4)!]).toEqual([0xf0, 0x30, 7])
  expect([...operands.get(7)!]).toEqual([7])
  expect(operands.get(5)!.size).toBe(0)
})

test('every number up to 64 above the newest is asked, but those that no filter decides', () => {
  for (const arch of architecturesBehind('x86_64')) {
    const { topics, exempt } = topicsOf(arch, [policy], [assemblePolicy(policy)], 'little')
    const numbers = new Set(topics.map(({ nr }) => nr))
    const bit = arch === 'x32' ? 0x40000000 : 0
    const expected = Array.from({ length: 400 }, (_, nr) => nr | bit)
    const missing = expected.filter((nr) => !numbers.has(nr))
    expect(missing).toEqual(arch === 'x86_64' ? [335, 336] : [])
    expect(exempt.map(({ nr }) => nr)).toEqual(missing)
    expect(countQuestions(topics)).toBe(encodeQuestions(0, topics).length / 16)
  }
})

test('i386 is asked with 32 bits, each vector once', () => {
  const { topics } = topicsOf('x86', [policy], [assemblePolicy(policy)], 'little')
  for (const { vectors } of topics) {
    expect(vectors.every((vector) => vector.every((value) => value <= 0xffffffffn))).toBe(true)
    expect(new Set(vectors.map(String)).size).toBe(vectors.length)
  }
})
