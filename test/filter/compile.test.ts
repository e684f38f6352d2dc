import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from '../../lib/bpf/encode.ts'
import { type Instruction, op } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { SeccompError } from '../../lib/errors.ts'
import { compile, compilePolicy, type Filter, isFilter } from '../../lib/filter/compile.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Faithfulness, Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { callsAt, profiles } from '../arbitrary.ts'

/** The policy, or undefined for a profile that contradicts itself, which random ones may. */
const policyOf = (profile: Profile, arch: string, as: Faithfulness): Policy | undefined => {
  try {
    return resolvePolicy(profile, makeTarget({ arch, kernel: '6.18', capabilities: 'none' }), as)
  } catch (error) {
    if (error instanceof SeccompError && error.code === 'ERR_POLICY_CONFLICT') return undefined
    throw error
  }
}

describe('the compiler', () => {
  test('gives every call of every profile the verdict of the oracle', () => {
    let compiled = 0
    fc.assert(
      fc.property(
        profiles,
        fc.constantFrom('x86_64', 'aarch64', 'x86', 'x32'),
        fc.constantFrom<Faithfulness>('safe', 'runc', 'crun'),
        fc.gen(),
        (profile, arch, as, gen) => {
          const policy = policyOf(profile, arch, as)
          if (!policy) return
          compiled++
          const filter = compilePolicy(policy)
          expect(filter.proof.result).toBe('proved')
          for (const call of gen(fc.array, callsAt(policy), { minLength: 20, maxLength: 40 }))
            expect({
              call,
              verdict: run(filter.instructions, call, architecture(policy.target.arch).endian).verdict,
            }).toEqual({
              call,
              verdict: evaluate(policy, call),
            })
        },
      ),
      { numRuns: 300 },
    )
    expect(compiled).toBeGreaterThan(150)
  })

  test('takes 61 instructions for the Docker default on x86_64 alone, 177 with x86 and x32', () => {
    const { archMap: _, ...profile } = dockerDefault
    const machine = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
    expect(compile(profile, { ...machine, as: 'runc' }).instructions.length).toBeLessThanOrEqual(61)
    expect(compile(dockerDefault, { ...machine, as: 'crun' }).instructions.length).toBeLessThanOrEqual(177)
  })

  test('asks the high half of an argument first where a 32-bit architecture has the rest', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
      syscalls: [
        {
          names: ['personality'],
          action: 'SCMP_ACT_ALLOW',
          args: [{ index: 0, value: 0xff, op: 'SCMP_CMP_EQ' }],
        },
      ],
    }
    const machine = { arch: 'x86_64', kernel: '6.18', capabilities: 'none', as: 'crun' } as const
    const loads = ({ instructions }: Filter): number[] =>
      instructions.filter(({ code, k }) => code === op.LD_ABS && k >= 16).map(({ k }) => k)
    expect(loads(compile(profile, machine))).toEqual([20, 16])
    const alone = { ...profile, architectures: ['SCMP_ARCH_X86_64'] }
    expect(loads(compile(alone, machine))).toEqual([16, 20])
  })

  test('names what is missing when the target is incomplete', () => {
    expect(() => compile(dockerDefault, { arch: 'x86_64' })).toThrow(
      expect.objectContaining({ code: 'ERR_TARGET_INVALID', message: expect.stringContaining('kernel') }),
    )
  })

  test('returns what nobody can change, and knows its own from copies', () => {
    const filter = compile('docker-default', { arch: 'x86_64', kernel: '6.18', capabilities: 'none' })
    filter.bytes.fill(0)
    expect(decode(filter.bytes, 'little')).toEqual(filter.instructions)
    const [first] = filter.instructions as unknown as { k: number }[]
    expect(() => {
      first!.k = 0
    }).toThrow(TypeError)
    expect(() => (filter.instructions as Instruction[]).reverse()).toThrow(TypeError)
    expect(isFilter(filter)).toBe(true)
    expect(isFilter(filter.policy)).toBe(false)
    for (const copy of [{ ...filter }, structuredClone(filter)])
      expect(() => isFilter(copy)).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }))
  })

  test('refuses a filter above the kernel’s 4096 instructions', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({
      names: ['read'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, op: 'SCMP_CMP_EQ', value: BigInt(i * 7), valueTwo: 0n }],
    }))
    expect(() =>
      compile(
        { defaultAction: 'SCMP_ACT_ERRNO', syscalls: many },
        { arch: 'x86_64', kernel: '6.18', capabilities: 'none' },
      ),
    ).toThrow(expect.objectContaining({ code: 'ERR_FILTER_TOO_LARGE' }))
  })
})
