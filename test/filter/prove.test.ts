import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import { callOf } from '../../lib/bpf/data.ts'
import { type Instruction, op, type Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { verdict } from '../../lib/bpf/verdict.ts'
import { compile, compilePolicy } from '../../lib/filter/compile.ts'
import { execute, type Path } from '../../lib/filter/prove/execute.ts'
import { prove } from '../../lib/filter/prove/prove.ts'
import { contains } from '../../lib/filter/prove/word-set.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { callsAt, profiles } from '../arbitrary.ts'
import { foreignPrograms } from '../smt/foreign-programs.ts'

const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
const docker = compile(dockerDefault, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })

const instruction = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k })
const ALLOW = instruction(op.RET_K, 0x7fff0000)
const KILL = instruction(op.RET_K, 0x80000000)

describe('the prover', () => {
  test('proves the Docker default and says what it covered', () => {
    expect(docker.proof.result).toBe('proved')
    expect(docker.proof.paths).toBeGreaterThan(200)
    expect(docker.proof.cells).toBeGreaterThanOrEqual(docker.proof.paths)
  })

  test('answers for foreign programs as the interpreter does, or says that it can’t', () => {
    let decided = 0
    fc.assert(
      fc.property(
        foreignPrograms,
        fc.array(fc.array(fc.oneof(fc.nat(20), fc.nat(0xffffffff)), { minLength: 16, maxLength: 16 }), {
          minLength: 4,
          maxLength: 8,
        }),
        (program, words) => {
          if (checkProgram(program)) return
          let paths: Path[]
          try {
            paths = collect(program)
          } catch {
            return
          }
          decided++
          for (const each of words) {
            const call = callOf(each)
            const holding = paths.filter(({ region }) => region.every((set, i) => contains(set, each[i]!)))
            expect(holding.map(({ verdict }) => verdict)).toEqual([run(program, call, 'little').verdict])
          }
        },
      ),
      { numRuns: 3000 },
    )
    expect(decided).toBeGreaterThan(200)
  })

  test('follows masks, X and memory', () => {
    const policy = resolvePolicy({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] }, target, 'safe')
    const allowX86 = [
      instruction(op.LDX_IMM, 0xc000003e),
      instruction(op.LD_ABS, 4),
      instruction(op.JEQ_X, 0, 1, 0),
      KILL,
      instruction(op.LD_ABS, 0),
      instruction(op.ST, 3),
      instruction(op.LD_IMM, 7),
      instruction(op.LD_MEM, 3),
      instruction(op.JEQ_K, 0xffffffff, 3, 0),
      instruction(op.AND_K, 0xc0000000),
      instruction(op.JEQ_K, 0, 1, 0),
      KILL,
      ALLOW,
    ]
    expect(prove(allowX86, policy)).toMatchObject({ result: 'proved' })
  })

  const arm = makeTarget({ arch: 'aarch64', kernel: '6.18', capabilities: 'none' })
  const onArm = (...then: Instruction[]): Instruction[] => [
    instruction(op.LD_ABS, 4),
    instruction(op.JEQ_K, 0xc00000b7, 1, 0),
    KILL,
    instruction(op.LD_ABS, 0),
    ...then,
  ]

  test('is undecided about arithmetic it can’t follow, and names the instruction', () => {
    const policy = resolvePolicy({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] }, arm, 'safe')
    const odd = onArm(instruction(op.MUL_K, 3), instruction(op.JEQ_K, 9, 0, 1), KILL, ALLOW)
    expect(prove(odd, policy)).toEqual({
      result: 'undecided',
      reason: 'computes with a word of the call (mul)',
      program: 0,
      instruction: 5,
    })
  })

  test('shows a difference beside or within what it can’t follow, by a call that was run', () => {
    const rules = [{ names: ['mount'], action: 'SCMP_ACT_ERRNO' as const, args: [] }]
    const policy = resolvePolicy({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: rules }, arm, 'safe')
    const mount = numberOf('aarch64', 'mount')!
    const deny = instruction(op.RET_K, verdict('ERRNO', 1))
    const tripled = (number: number): Instruction[] =>
      onArm(instruction(op.MUL_K, 3), instruction(op.JEQ_K, number * 3, 0, 1), deny, ALLOW)
    expect(prove(tripled(mount), policy)).toMatchObject({ result: 'undecided' })
    expect(prove(tripled(mount + 1), policy)).toMatchObject({ result: 'differs', call: { nr: mount } })
    // Found on a path of its own: calls of other architectures.
    expect(prove(tripled(mount).slice(3), policy)).toMatchObject({
      result: 'differs',
      filter: verdict('ALLOW'),
    })
    expect(prove(onArm(instruction(op.RET_A, 0)), policy)).toMatchObject({ result: 'differs' })
  })

  test('ends on a program of nothing but paths that it can’t follow', () => {
    const policy = resolvePolicy({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] }, arm, 'safe')
    const parting = Array.from({ length: 40 }, (_, i) => [
      instruction(op.LD_ABS, 16 + 4 * (i % 12)),
      instruction(op.JSET_K, 1 << (i % 31), 0, 1),
      instruction(op.LDX_IMM, i),
    ])
    const meeting = [instruction(op.MUL_K, 0), instruction(op.JEQ_K, 0, 1, 0), KILL, ALLOW]
    const program = onArm(...parting.flat(), ...meeting)
    expect(prove(program, policy, { limit: 2000 })).toMatchObject({ result: 'undecided', instruction: 125 })
  })

  test('gives up at its limit instead of answering: paths that part and meet again are exponentially many', () => {
    const policy = resolvePolicy({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] }, arm, 'safe')
    const bits = Array.from({ length: 40 }, (_, i) => [
      instruction(op.LD_ABS, 16 + 4 * (i % 12)),
      instruction(op.JSET_K, 1 << (i % 31), 0, 1),
      instruction(op.LDX_IMM, i),
    ])
    const program = [
      instruction(op.LD_ABS, 4),
      instruction(op.JEQ_K, 0xc00000b7, 1, 0),
      KILL,
      ...bits.flat(),
      ALLOW,
    ]
    expect(prove(program, policy, { limit: 5000 })).toEqual({
      result: 'undecided',
      reason: 'more than 5000 cells to compare',
    })
  })

  test('proves only what is equal: two policies are told apart, with a call', () => {
    fc.assert(
      fc.property(profiles, profiles, fc.gen(), (left, right, gen) => {
        const policies = [left, right].map((profile): Policy | undefined => {
          try {
            return resolvePolicy(profile, target, 'runc')
          } catch {
            return undefined
          }
        })
        const [a, b] = policies
        if (!a || !b) return
        const proof = prove(compilePolicy(a).instructions, b)
        if (proof.result === 'differs') expect(evaluate(a, proof.call)).not.toBe(evaluate(b, proof.call))
        else
          for (const call of gen(fc.array, callsAt(b), { minLength: 30, maxLength: 60 }))
            expect(evaluate(a, call)).toBe(evaluate(b, call))
      }),
      { numRuns: 150 },
    )
  })
})

const collect = (program: Program): Path[] => [...execute(program, 'little')]
