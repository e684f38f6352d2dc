import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import type { Call } from '../../lib/bpf/data.ts'
import type { Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { ALLOW } from '../../lib/bpf/verdict.ts'
import { SeccompError } from '../../lib/errors.ts'
import { compilePolicy } from '../../lib/filter/compile.ts'
import { type Proof, prove } from '../../lib/filter/prove/prove.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Faithfulness, Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { profiles } from '../arbitrary.ts'
import { kernelSees, mutantsOf } from '../filter/mutants.ts'
import { foreignPrograms } from './foreign-programs.ts'
import { policyTerm } from './policy.ts'
import { programTerm } from './program.ts'
import { openSolver } from './z3.ts'

/**
 * prove() and z3 say the same of random profiles: of each one's own filter, and of a filter with one wrong step. Both
 * sides get the policy's data and the program's instructions, and nothing of each other. `npm run smt`: 1,000 profiles.
 */
const PROFILES = Number(process.env['SMT_PROFILES'] ?? 40)
const SEED = Number(process.env['SEED'] ?? 30303)

const solver = await openSolver()
const skip = 'missing' in solver ? ` (skipped: ${solver.missing})` : ''
if (skip) console.log(`SMT agreement${skip}`)
const z3 = 'missing' in solver ? undefined : solver

/** Of both byte orders; the profiles list little-endian architectures, which big-endian targets do without. */
const targets = ['x86_64', 'aarch64', 'x86', 'x32', 's390x', 'ppc', 'mips64', 'parisc64'] as const

const policyOf = (profile: Profile, arch: string, as: Faithfulness): Policy | undefined => {
  const target = makeTarget({ arch, kernel: '6.18', capabilities: 'none' })
  const { architectures: _, ...alone } = profile
  try {
    return resolvePolicy(architecture(target.arch).endian === 'big' ? alone : profile, target, as)
  } catch (error) {
    if (error instanceof SeccompError && error.code === 'ERR_POLICY_CONFLICT') return undefined
    throw error
  }
}

const difference = (program: Program, policy: Policy): Promise<Call | undefined> =>
  z3!.difference(
    `${policyTerm(policy, 'policy')}\n${programTerm(program, 'filter')}`,
    'filter',
    'policy',
    architecture(policy.target.arch).endian,
  )

/** Both answers, held against each other and each counter-example against interpreter and oracle. */
const compare = async (program: Program, policy: Policy): Promise<Proof['result']> => {
  const proof = prove(program, policy)
  if (proof.result === 'undecided') return 'undecided'
  const found = await difference(program, policy)
  expect(found ? 'differs' : 'proved').toBe(proof.result)
  const { endian } = architecture(policy.target.arch)
  for (const call of [found, proof.result === 'differs' ? proof.call : undefined])
    if (call)
      expect(kernelSees(run(program, call, endian).verdict)).not.toBe(kernelSees(evaluate(policy, call)))
  return proof.result
}

const counted = (results: readonly Proof['result'][]): Record<Proof['result'], number> => {
  const count = { proved: 0, differs: 0, undecided: 0 }
  for (const each of results) count[each]++
  return count
}

describe.skipIf(skip)(`prove() and z3 agree${skip}`, () => {
  test(`on ${PROFILES} random profiles, each with its own filter and a mutant of it`, {
    timeout: 3_600_000,
  }, async () => {
    const own: Proof['result'][] = []
    const mutated: Proof['result'][] = []
    const cases = fc.record({
      profile: profiles,
      arch: fc.constantFrom(...targets),
      as: fc.constantFrom<Faithfulness>('safe', 'runc', 'crun'),
      seed: fc.nat(),
    })
    // Random profiles may contradict themselves: those don't count.
    for (const { profile, arch, as, seed } of fc.sample(cases, { numRuns: 2 * PROFILES, seed: SEED })) {
      if (own.length === PROFILES) break
      const policy = policyOf(profile, arch, as)
      if (!policy) continue
      const { instructions } = compilePolicy(policy)
      own.push(await compare(instructions, policy))
      const [mutant] = fc.sample(mutantsOf(instructions), { numRuns: 1, seed })
      const result = await compare(mutant!.program, policy)
      if (result === 'undecided') expect(checkProgram(mutant!.program)).toBeDefined()
      mutated.push(result)
    }
    expect(counted(own)).toEqual({ proved: PROFILES, differs: 0, undecided: 0 })
    expect(counted(mutated).differs).toBeGreaterThan(PROFILES / 2)
    if (process.env['SMT_PROFILES']) console.log('own filters', counted(own), 'mutants', counted(mutated))
  })

  test(`on ${PROFILES} programs with every opcode the kernel takes, wherever prove() decides`, {
    timeout: 3_600_000,
  }, async () => {
    const results: Proof['result'][] = []
    const target = makeTarget({ arch: 'aarch64', kernel: '6.18', capabilities: 'none' })
    const lenient = resolvePolicy({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] }, target)
    // Whatever the architecture, so that a short program can be equal to it.
    const allow = { ...lenient, foreignVerdict: ALLOW }
    for (const program of fc.sample(foreignPrograms, { numRuns: 50 * PROFILES, seed: SEED })) {
      if (results.filter((each) => each !== 'undecided').length === PROFILES) break
      if (!checkProgram(program)) results.push(await compare(program, allow))
    }
    const { proved, differs } = counted(results)
    expect(proved + differs).toBe(PROFILES)
    expect(proved).toBeGreaterThan(0)
    if (process.env['SMT_PROFILES']) console.log('foreign programs', counted(results))
  })
})
