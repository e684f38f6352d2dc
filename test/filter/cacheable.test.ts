import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { op } from '../../lib/bpf/instruction.ts'
import { ALLOW, actionOf, verdict } from '../../lib/bpf/verdict.ts'
import { SeccompError } from '../../lib/errors.ts'
import { cacheableCalls } from '../../lib/filter/cacheable.ts'
import { compilePolicy } from '../../lib/filter/compile.ts'
import { callPolicy, evaluate } from '../../lib/policy/evaluate.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { profiles } from '../arbitrary.ts'

const X86_64 = architecture('x86_64').audit
const X86 = architecture('x86').audit
const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })

const jump = (code: number, k: number, jt: number, jf: number) => ({ code, k, jt, jf })
const plain = (code: number, k: number) => jump(code, k, 0, 0)

/** Random profiles may contradict themselves. */
const policyOf = (profile: Profile): Policy | undefined => {
  try {
    return resolvePolicy(profile, target, 'runc')
  } catch (error) {
    if (error instanceof SeccompError && error.code === 'ERR_POLICY_CONFLICT') return undefined
    throw error
  }
}

/** The numbers below 1000 that a policy allows whatever their arguments, as its text says it. */
const allowedOutright = (policy: Policy, audit: number): number[] => {
  const where = policy.architectures.find((each) => each.audit === audit && each.arch !== 'x32')!
  return Array.from({ length: 1000 }, (_, n) => n).filter((nr) => {
    const call = callPolicy(where, nr)
    if (call)
      return (
        call.rules.length === 1 && call.rules[0]!.conditions.length === 0 && call.rules[0]!.verdict === ALLOW
      )
    return (
      evaluate(policy, { arch: audit, nr, args: [0n, 0n, 0n, 0n, 0n, 0n], instructionPointer: 0n }) === ALLOW
    )
  })
}

describe('the kernel’s action cache', () => {
  test('takes every call that the Docker default allows outright, on the native and the compatibility architecture', () => {
    const policy = resolvePolicy(dockerDefault, target)
    const { instructions } = compilePolicy(policy)
    for (const audit of [X86_64, X86]) {
      const cached = cacheableCalls(instructions, audit, 999)
      expect(cached).toEqual(allowedOutright(policy, audit))
      expect(cached.length).toBeGreaterThan(300)
    }
    const cached = cacheableCalls(instructions, X86_64, 999)
    expect(cached).toContain(numberOf('x86_64', 'read'))
    // Looks at its arguments; is refused.
    expect(cached).not.toContain(numberOf('x86_64', 'socket'))
    expect(cached).not.toContain(numberOf('x86_64', 'mount'))
  })

  test('takes every call that any profile allows outright, and none that it doesn’t always allow', () => {
    let compared = 0
    fc.assert(
      fc.property(profiles, (profile) => {
        const policy = policyOf(profile)
        if (!policy) return
        const { instructions } = compilePolicy(policy)
        for (const { audit, arch } of policy.architectures) {
          if (arch === 'x32') continue
          const cached = new Set(cacheableCalls(instructions, audit, 999))
          for (const nr of allowedOutright(policy, audit)) expect(cached).toContain(nr)
          for (const nr of cached)
            for (const value of [0n, 1n, 2n ** 64n - 1n]) {
              const call = { arch: audit, nr, args: Array(6).fill(value), instructionPointer: 0n }
              expect(actionOf(evaluate(policy, call))).toBe('ALLOW')
            }
          compared++
        }
      }),
      { numRuns: 100 },
    )
    expect(compared).toBeGreaterThan(50)
  })

  test.each([
    ['an argument', [plain(op.LD_ABS, 16), plain(op.RET_K, ALLOW)]],
    ['the instruction pointer', [plain(op.LD_ABS, 8), plain(op.RET_K, ALLOW)]],
    ['a constant into X', [plain(op.LDX_IMM, 1), plain(op.RET_K, ALLOW)]],
    ['what it returns', [plain(op.LD_IMM, ALLOW), plain(op.RET_A, 0)]],
  ])('takes no call whose path loads %s', (_, program) => {
    expect(cacheableCalls(program, X86_64, 10)).toEqual([])
  })

  test('follows every jump and mask that the kernel’s emulator knows', () => {
    const program = [
      plain(op.LD_ABS, 4),
      jump(op.JEQ_K, X86_64, 0, 6),
      plain(op.LD_ABS, 0),
      jump(op.JGE_K, 8, 4, 0),
      jump(op.JGT_K, 6, 3, 0),
      plain(op.AND_K, 3),
      jump(op.JSET_K, 2, 1, 0),
      plain(op.JA, 1),
      plain(op.RET_K, verdict('LOG')),
      plain(op.RET_K, ALLOW),
    ]
    // 7 is above 6, and 8 and more are not below 8; of 0 to 6 those without bit 1.
    expect(cacheableCalls(program, X86_64, 10)).toEqual([0, 1, 4, 5])
    expect(cacheableCalls(program, X86, 10)).toEqual([])
  })
})
