import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import { type ByteOrder, type Call, NUMBER, wordsOf } from '../../lib/bpf/data.ts'
import { type Instruction, op, type Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { compile } from '../../lib/filter/compile.ts'
import { callNamed, flow } from '../../lib/inspect/flow.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'

const X86_64 = 0xc000003e
const X86 = 0x40000003

const word = fc.oneof(
  fc.integer({ min: 0, max: 600 }),
  fc.constantFrom(0x40000000, 0x40000029, 0x80000000, 0xbfffffff, 0xffffffff, X86_64, X86),
)
const calls: fc.Arbitrary<Call> = fc.record({
  arch: fc.constantFrom(X86_64, X86, 0xc00000b7, 0x80000016),
  nr: word,
  args: fc.array(word.map(BigInt), { minLength: 6, maxLength: 6 }),
  instructionPointer: fc.constant(0n),
})

/** Mostly loads of the number and the architecture, masks and jumps: what claims are made from. */
const instruction: fc.Arbitrary<Instruction> = fc.record({
  code: fc.constantFrom(
    op.LD_ABS,
    op.LD_ABS,
    op.AND_K,
    op.JEQ_K,
    op.JGE_K,
    op.JGT_K,
    op.JSET_K,
    op.JEQ_X,
    op.JA,
    op.TAX,
    op.TXA,
    op.ADD_K,
    op.LDX_IMM,
  ),
  jt: fc.integer({ min: 0, max: 4 }),
  jf: fc.integer({ min: 0, max: 4 }),
  k: word,
})
const programs = fc.array(instruction, { minLength: 3, maxLength: 24 }).map((body): Program => {
  const fitted = body.map((each) => {
    if (each.code === op.LD_ABS) return { ...each, k: (each.k % 6) * 4 }
    return each.code === op.JA ? { ...each, k: each.k % 4 } : each
  })
  // Any jump lands before the end.
  return [...fitted, ...Array.from({ length: 6 }, () => ({ code: op.RET_K, jt: 0, jf: 0, k: 0 }))]
})

/** Runs a program and holds every claim on the way against what is really there. */
const checkClaims = (program: Program, call: Call, order: ByteOrder): number => {
  const known = flow(program, order)
  const words = wordsOf(call)
  let claims = 0
  for (const index of run(program, call, order).path) {
    const here = known[index]!
    // The program cut off here returns its accumulator.
    const cut = program.slice()
    cut[index] = { code: op.RET_A, jt: 0, jf: 0, k: 0 }
    const a = run(cut, call, order).verdict
    if (here.audit !== undefined) {
      claims++
      expect(here.audit).toBe(call.arch)
    }
    if (here.a) {
      claims++
      expect(a).toBe((words[here.a.word]! & here.a.mask) >>> 0)
      // What a mask leaves out doesn't matter; what is said to be 0 must be.
      expect(words[here.a.word]! & here.a.mask & here.a.zero).toBe(0)
    }
    if (here.number) {
      claims++
      const number = (words[NUMBER]! & here.number.mask) >>> 0
      expect(number).toBeGreaterThanOrEqual(here.number.low)
      expect(number).toBeLessThanOrEqual(here.number.high)
    }
  }
  return claims
}

describe('flow', () => {
  test('claims nothing that is not so, in any program', () => {
    let claims = 0
    fc.assert(
      fc.property(programs, fc.array(calls, { minLength: 4, maxLength: 4 }), (program, some) => {
        fc.pre(checkProgram(program) === undefined)
        for (const call of some) claims += checkClaims(program, call, 'little')
      }),
      { numRuns: 3000 },
    )
    expect(claims).toBeGreaterThan(10_000)
  })

  test.each(['x86_64', 'aarch64', 's390x'])(
    'claims nothing that is not so, in docker-default on %s',
    (arch) => {
      const { instructions } = compile(dockerDefault, { arch, kernel: '6.18', capabilities: 'docker' })
      const order = arch === 's390x' ? 'big' : 'little'
      fc.assert(
        fc.property(calls, (call) => {
          checkClaims(instructions, call, order)
        }),
        { numRuns: 300 },
      )
    },
  )

  test('names a number by its architecture, and by both behind a mask that hides the bit between them', () => {
    expect(callNamed(X86_64, 41, 0xffffffff)?.text).toBe('socket')
    expect(callNamed(X86_64, 0x40000029, 0xffffffff)?.text).toBe('x32 socket')
    expect(callNamed(X86_64, 520, 0xffffffff)).toBeUndefined()
    expect(callNamed(X86_64, 520, 0xbfffffff)?.text).toBe('x32 execve')
    expect(callNamed(X86, 41, 0xffffffff)?.text).toBe('dup')
    expect(callNamed(undefined, 41, 0xffffffff)).toBeUndefined()
  })
})
