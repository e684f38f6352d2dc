import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import type { Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { compilePolicy, type Filter } from '../../lib/filter/compile.ts'
import { prove } from '../../lib/filter/prove/prove.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Faithfulness } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { parseProfile } from '../../lib/profile/parse.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { policyTerm } from '../smt/policy.ts'
import { programTerm } from '../smt/program.ts'
import { openSolver } from '../smt/z3.ts'
import { kernelSees, type Mutant, mutantsOf } from './mutants.ts'

/**
 * Every mutant of a filter gets the right answer from the prover: `differs` comes with a call that the interpreter and
 * the oracle tell apart, and for each mutant that is called `proved`, z3 finds no call that tells it from the original.
 * `npm run mutants` makes 12,000 and prints the tables.
 */
const MUTANTS = Number(process.env['MUTANTS'] ?? 400)
const SEED = Number(process.env['SEED'] ?? 20260)

const solver = await openSolver()
const skip = 'missing' in solver ? ` (skipped: ${solver.missing})` : ''
if (skip) console.log(`mutants${skip}`)
const z3 = 'missing' in solver ? undefined : solver

const compare = (index: number, op: string, value: bigint | number, valueTwo?: bigint | number): object => ({
  index,
  op: `SCMP_CMP_${op}`,
  value,
  ...(valueTwo !== undefined && { valueTwo }),
})
const rule = (action: string, name: string, ...args: object[]): object => ({
  names: [name],
  action: `SCMP_ACT_${action}`,
  args,
})

/** Rules that read several arguments, on both halves, by every operator. */
const manyArguments = parseProfile({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [
    rule('ALLOW', 'read'),
    rule('ALLOW', 'mmap', compare(1, 'LE', 0x100000fffn), compare(2, 'MASKED_EQ', 4, 0), compare(4, 'NE', 3)),
    rule('TRAP', 'mmap', compare(0, 'GE', 0x700000000000n), compare(3, 'MASKED_EQ', 0x30, 0x10)),
    rule('ALLOW', 'lseek', compare(1, 'LT', 0x8000000000000000n), compare(2, 'LE', 2)),
    rule('LOG', 'lseek', compare(2, 'GT', 4), compare(0, 'EQ', 7)),
    rule('ALLOW', 'prctl', compare(0, 'EQ', 15)),
    rule('ALLOW', 'prctl', compare(0, 'EQ', 38), compare(1, 'EQ', 1), compare(2, 'EQ', 0)),
    rule('KILL_PROCESS', 'prctl', compare(1, 'MASKED_EQ', 0xff000000000000ffn, 0x1200000000000034n)),
    ...[0, 1, 2, 4, 8, 10, 12, 0x5401, 0x5402, 0x100005403n].map((value) =>
      rule('ALLOW', 'ioctl', compare(1, 'EQ', value)),
    ),
  ],
})

const filterOf = (profile: Profile, arch: string, as: Faithfulness = 'safe'): Filter =>
  compilePolicy(resolvePolicy(profile, makeTarget({ arch, kernel: '6.18', capabilities: 'docker' }), as))

const { archMap: _, ...oneArchitecture } = dockerDefault
const filters: Record<string, Filter> = {
  'many arguments, x86_64': filterOf(manyArguments, 'x86_64', 'runc'),
  'many arguments, ppc64 (big-endian)': filterOf(manyArguments, 'ppc64', 'crun'),
  'many arguments, arm': filterOf(manyArguments, 'arm'),
  'Docker default, x86_64': filterOf(oneArchitecture, 'x86_64'),
  'Docker default, x86_64 + x86 + x32': filterOf(dockerDefault, 'x86_64'),
  'Docker default, three architectures as runc': filterOf(dockerDefault, 'x86_64', 'runc'),
  'Docker default, aarch64 + arm': filterOf(dockerDefault, 'aarch64'),
  'Docker default, s390x + s390 (big-endian)': filterOf(dockerDefault, 's390x'),
}

interface Count {
  mutants: number
  differs: number
  equal: number
  refused: number
}

const counts = (): Count => ({ mutants: 0, differs: 0, equal: 0, refused: 0 })
const byFilter: Record<string, Count> = {}
const byKind: Record<string, Count> = {}

const countIn = (table: Record<string, Count>, name: string): Count => {
  const count = table[name] ?? counts()
  table[name] = count
  return count
}

/** As many as wanted, all different; a small filter has fewer. */
const distinctMutants = (program: Program, wanted: number): Mutant[] => {
  const found = new Map<string, Mutant>()
  for (const mutant of fc.sample(mutantsOf(program), { numRuns: 6 * wanted, seed: SEED })) {
    if (found.size === wanted) break
    found.set(JSON.stringify([mutant.at, mutant.program[mutant.at]]), mutant)
  }
  return [...found.values()]
}

const answer = async (filter: Filter, { program }: Mutant): Promise<keyof Count> => {
  const { policy } = filter
  const { endian } = architecture(policy.target.arch)
  const proof = prove(program, policy)
  if (proof.result === 'undecided') {
    // Only what the kernel itself refuses: a mutant has no arithmetic that the original lacks.
    expect(checkProgram(program)).toBeDefined()
    return 'refused'
  }
  if (proof.result === 'differs') {
    const filtered = run(program, proof.call, endian).verdict
    const meant = evaluate(policy, proof.call)
    expect([proof.filter, proof.policy]).toEqual([filtered, meant])
    expect(kernelSees(filtered)).not.toBe(kernelSees(meant))
    return 'differs'
  }
  const terms = `${programTerm(filter.instructions, 'original')}\n${programTerm(program, 'mutant')}`
  expect(await z3!.difference(terms, 'original', 'mutant', endian)).toBeUndefined()
  return 'equal'
}

describe.skipIf(skip)(`the prover and ${MUTANTS} mutants${skip}`, () => {
  for (const [name, filter] of Object.entries(filters))
    test(name, { timeout: 3_600_000 }, async () => {
      const { policy, instructions } = filter
      // The original is the policy, z3 says so too; what equals the original then equals the policy.
      const terms = `${policyTerm(policy, 'policy')}\n${programTerm(instructions, 'filter')}`
      const { endian } = architecture(policy.target.arch)
      expect(await z3!.difference(terms, 'filter', 'policy', endian)).toBeUndefined()
      const count = countIn(byFilter, name)
      const mutants = distinctMutants(instructions, Math.ceil(MUTANTS / Object.keys(filters).length))
      for (const mutant of mutants) {
        const result = await answer(filter, mutant)
        for (const each of [count, countIn(byKind, mutant.kind)]) {
          each.mutants++
          each[result]++
        }
      }
      expect(count.differs).toBeGreaterThan(mutants.length / 2)
    })

  afterAll(() => {
    if (process.env['MUTANTS'] === undefined) return
    console.table(byFilter)
    console.table(byKind)
  })
})
