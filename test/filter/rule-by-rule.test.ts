import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import { ARCHITECTURE, NUMBER } from '../../lib/bpf/data.ts'
import { op, type Program } from '../../lib/bpf/instruction.ts'
import { ALLOW } from '../../lib/bpf/verdict.ts'
import { compilePolicy, policyFor } from '../../lib/filter/compile.ts'
import { answersOf, compare } from '../../lib/filter/prove/compare.ts'
import { Meaning } from '../../lib/filter/prove/meaning.ts'
import { everyCall, type Region, whereWithin } from '../../lib/filter/prove/region.ts'
import { RuleByRule } from '../../lib/filter/prove/rule-by-rule.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { Random } from '../random.ts'
import { mutantsOf } from './mutants.ts'

/** Of each of twelve filters; more on request, as for mutants.test.ts. */
const MUTANTS = Math.ceil(Number(process.env['MUTANTS'] ?? 400) / 16)
const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'none', as: 'crun' } as const
const actions = ['SCMP_ACT_ALLOW', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_TRACE']
const operators = ['EQ', 'EQ', 'EQ', 'NE', 'GT', 'LE', 'MASKED_EQ'].map((each) => `SCMP_CMP_${each}`)

/** Rules of one call, each on `arguments` of six arguments. */
const randomPolicy = (
  random: Random,
  rules: number,
  compared: number,
  ops: readonly string[],
  values = 50,
): Policy => {
  const syscalls = Array.from({ length: rules }, () => {
    const indexes = new Set<number>()
    while (indexes.size < compared) indexes.add(random.below(6))
    return {
      names: ['ioctl'],
      action: random.of(actions),
      args: [...indexes].map((index) => {
        const chosen = random.of(ops)
        const value = BigInt(random.below(values)) * (random.chance(3) ? 0x100000001n : 1n)
        return chosen === 'SCMP_CMP_MASKED_EQ'
          ? { index, op: chosen, value: 0xfn, valueTwo: value & 0xfn }
          : { index, op: chosen, value }
      }),
    }
  })
  return policyFor({ defaultAction: 'SCMP_ACT_TRAP', syscalls }, options)
}

const ioctl = whereWithin(
  whereWithin(everyCall, NUMBER, numberOf('x86_64', 'ioctl')!, numberOf('x86_64', 'ioctl')!)!,
  ARCHITECTURE,
  0xc000003e,
  0xc000003e,
)!

/** Whether a walk of every way finds a call of ioctl that isn't the policy's. */
const differs = (program: Program, policy: Policy): boolean => {
  const meaning = new Meaning(policy)
  const meant = { cells: (region: Region) => meaning.cells(region) }
  for (const { same } of compare(answersOf([program], 'little'), meant, ioctl)) if (!same) return true
  return false
}

/** Whether it shows the call at once. */
const isShown = (programs: readonly Program[], policy: Policy): boolean => {
  const byRule = new RuleByRule(programs, 'little', new Meaning(policy), policy.defaultVerdict, 0)
  const nothing = { kind: 'number', value: 0 } as const
  return byRule.isShown({ pc: 0, a: nothing, x: nothing, memory: [], region: ioctl })
}

describe('a call shown rule by rule', () => {
  test('is the policy’s in what the compiler makes of rules on two arguments', () => {
    const random = new Random(1)
    for (let i = 0; i < 10; i++) {
      const policy = randomPolicy(random, 12 + i, 2, ['SCMP_CMP_EQ'])
      expect(isShown([compilePolicy(policy).instructions], policy)).toBe(true)
    }
  })

  test('is never one that the walk of every way finds different', () => {
    const random = new Random(2)
    const seen = { shown: 0, different: 0 }
    for (let i = 0; i < 12; i++) {
      const policy = randomPolicy(random, 8 + random.below(4), 1 + random.below(3), operators)
      const { instructions } = compilePolicy(policy)
      const mutants = fc.sample(mutantsOf(instructions), { seed: i, numRuns: MUTANTS })
      for (const { kind, at, program } of mutants) {
        // What jumps out of the program is the kernel's to refuse.
        if (checkProgram(program)) continue
        const different = differs(program, policy)
        const shown = isShown([program], policy)
        if (shown) seen.shown++
        if (different) seen.different++
        expect([i, kind, at, shown && different]).toEqual([i, kind, at, false])
      }
    }
    expect(seen.shown).toBeGreaterThan(MUTANTS / 10)
    expect(seen.different).toBeGreaterThan(3 * MUTANTS)
  })

  test('may be decided by the second filter of a stack, or by two together', () => {
    const policy = randomPolicy(new Random(3), 12, 2, ['SCMP_CMP_EQ'])
    const { instructions } = compilePolicy(policy)
    const allow = [{ code: op.RET_K, jt: 0, jf: 0, k: ALLOW }]
    expect(isShown([allow, instructions], policy)).toBe(true)
    expect(isShown([instructions, instructions], policy)).toBe(true)
    expect(isShown([allow, allow], policy)).toBe(false)
  })

  test('three hundred rules on two arguments, with three actions, are proved', () => {
    const { proof } = compilePolicy(randomPolicy(new Random(4), 300, 2, ['SCMP_CMP_EQ'], 100_000))
    expect(proof.result).toBe('proved')
    // Walked way by way it would be millions.
    expect(proof.cells).toBeLessThan(100_000)
  })
})
