import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import { type Call, callOf } from '../../lib/bpf/data.ts'
import { type Instruction, isConditionalJump, op, type Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { actionOf } from '../../lib/bpf/verdict.ts'
import { compile, compilePolicy } from '../../lib/filter/compile.ts'
import { execute, type Path } from '../../lib/filter/prove/execute.ts'
import { prove } from '../../lib/filter/prove/prove.ts'
import { contains } from '../../lib/filter/prove/word-set.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { callsAt, profiles } from '../arbitrary.ts'

const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
const docker = compile(dockerDefault, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })

const instruction = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k })
const ALLOW = instruction(op.RET_K, 0x7fff0000)
const KILL = instruction(op.RET_K, 0x80000000)

/** One wrong step: a jump flipped or moved, a constant changed, a check dropped, the wrong half read, a wrong return. */
const mutation = (program: Program): fc.Arbitrary<Program> =>
  fc.tuple(fc.nat(program.length - 1), fc.nat(6), fc.nat(31), fc.nat(30)).map(([at, kind, bit, by]) => {
    const changed = [...program]
    const each = changed[at]!
    if (kind === 0) changed[at] = { ...each, jt: each.jf, jf: each.jt }
    else if (kind === 1) changed[at] = { ...each, k: (each.k ^ (1 << bit)) >>> 0 }
    else if (kind === 2) changed[at] = { ...each, k: (each.k + 1) >>> 0 }
    else if (kind === 3) changed[at] = { ...each, k: (each.k - 1) >>> 0 }
    else if (kind === 4) changed[at] = { ...each, jt: by }
    else if (kind === 5 && isConditionalJump(each.code)) changed[at] = instruction(op.JA, each.jt)
    else if (each.code === op.LD_ABS) changed[at] = { ...each, k: each.k ^ 4 }
    else changed[at] = { ...each, jf: by }
    return changed
  })

/** Calls near every constant of a program, for a second opinion on what the prover calls equal. */
const probes = (program: Program): Call[] => {
  const numbers = [...new Set(program.flatMap(({ k }) => [k, k + 1, k - 1].map((n) => n >>> 0)))]
  return numbers.flatMap((nr) =>
    [0xc000003e, 0x40000003, 0].flatMap((arch) =>
      [0, 0xffffffff, 39, nr].map((low) =>
        callOf([nr, arch, 0, 0, low, 0, low, 1, low, 0, 0, 0, 0, 0, 0, 0]),
      ),
    ),
  )
}

describe('the prover', () => {
  test('proves the Docker default and says what it covered', () => {
    expect(docker.proof.result).toBe('proved')
    expect(docker.proof.paths).toBeGreaterThan(200)
    expect(docker.proof.cells).toBeGreaterThanOrEqual(docker.proof.paths)
  })

  test('catches every mutant of a filter that is not equal to it', () => {
    const seen = { caught: 0, equal: 0, refused: 0 }
    const calls = probes(docker.instructions)
    const wanted = calls.map((call) => evaluate(docker.policy, call))
    fc.assert(
      fc.property(mutation(docker.instructions), (mutant) => {
        const proof = prove(mutant, docker.policy)
        if (proof.result === 'differs') {
          seen.caught++
          expect(run(mutant, proof.call, 'little').verdict).toBe(proof.filter)
          expect(evaluate(docker.policy, proof.call)).toBe(proof.policy)
          expect(proof.filter).not.toBe(proof.policy)
        } else if (proof.result === 'undecided') {
          seen.refused++
          expect(checkProgram(mutant)).toBeDefined()
        } else {
          seen.equal++
          for (const [i, call] of calls.entries())
            expect(actionOf(run(mutant, call, 'little').verdict)).toBe(actionOf(wanted[i]!))
        }
      }),
      { numRuns: 1000 },
    )
    expect(seen.caught).toBeGreaterThan(600)
  })

  test('answers for foreign programs as the interpreter does, or says that it can’t', () => {
    const codes = Object.values(op)
    const random = fc.array(
      fc.record({
        code: fc.constantFrom(...codes),
        jt: fc.nat(3),
        jf: fc.nat(3),
        k: fc.oneof(fc.constantFrom(0, 4, 16, 20, 3, 0x40000000, 0x7fff0000, 0x50001), fc.nat(15)),
      }),
      { minLength: 3, maxLength: 14 },
    )
    let decided = 0
    fc.assert(
      fc.property(
        random,
        fc.array(fc.array(fc.oneof(fc.nat(20), fc.nat(0xffffffff)), { minLength: 16, maxLength: 16 }), {
          minLength: 4,
          maxLength: 8,
        }),
        (body, words) => {
          const program = [...body, ALLOW, KILL, ALLOW, ALLOW, KILL]
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

  test('is undecided about arithmetic it can’t follow, and names the instruction', () => {
    const policy = resolvePolicy({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] }, target, 'safe')
    const odd = [
      instruction(op.LD_ABS, 0),
      instruction(op.MUL_K, 3),
      instruction(op.JEQ_K, 9, 0, 1),
      KILL,
      ALLOW,
    ]
    expect(prove(odd, policy)).toMatchObject({ result: 'undecided', instruction: 2 })
  })

  test('gives up at its limit instead of answering: paths that part and meet again are exponentially many', () => {
    const arm = makeTarget({ arch: 'aarch64', kernel: '6.18', capabilities: 'none' })
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
