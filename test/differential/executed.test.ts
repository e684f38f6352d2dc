import { describe, expect, test } from 'vitest'
import type { Call } from '../../lib/bpf/data.ts'
import type { Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { compilePolicy } from '../../lib/filter/compile.ts'
import type { ArchitecturePolicy, PolicyRule } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'
import { X32_BIT } from '../../lib/syscalls/architectures.ts'
import { forArchitectures, knownToBoth, libseccompProgram, opened } from './opponent.ts'

const { libseccomp, skip } = opened()

/** Every argument zero, then each compared one at its operands and beside them. */
function* argumentsAt(rules: readonly PolicyRule[]): Iterable<Call['args']> {
  const zeros: Call['args'] = [0n, 0n, 0n, 0n, 0n, 0n]
  yield zeros
  for (const { conditions } of rules)
    for (const { index, value, valueTwo } of conditions)
      for (const operand of [value - 1n, value, value + 1n, valueTwo, value | (1n << 32n)])
        yield zeros.with(index, BigInt.asUintN(64, operand)) as unknown as Call['args']
}

/** Every call up to some numbers above the newest, with how many instructions it runs in two programs. */
function* lengths(
  { arch, audit, calls }: ArchitecturePolicy,
  ours: Program,
  theirs: Program,
): Iterable<{ call: string; here: number; there: number }> {
  const base = arch === 'x32' ? X32_BIT : 0
  for (let nr = base; nr < base + 600; nr++)
    for (const args of argumentsAt(calls.find(({ number }) => number === nr)?.rules ?? [])) {
      const call = { arch: audit, nr, args, instructionPointer: 0n }
      const [here, there] = [ours, theirs].map((program) => run(program, call, 'little').path.length)
      yield { call: `${arch} ${nr - base} (${args.join(', ')})`, here: here!, there: there! }
    }
}

describe.skipIf(skip)(`Docker's default profile beside libseccomp's best filter for it${skip}`, () => {
  const sets: ArchitectureName[][] = [['x86_64'], ['x86_64', 'x86', 'x32']]
  test.each(sets.map((set) => ({ set, name: set.join(', ') })))('runs no call longer: $name', ({ set }) => {
    const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
    const { profile } = knownToBoth(libseccomp, forArchitectures(dockerDefault, set), set)
    const { instructions, policy } = compilePolicy(resolvePolicy(profile, target, 'crun'))
    const theirs = libseccompProgram(libseccomp, profile, target, 2)
    const all = policy.architectures.flatMap((each) => [...lengths(each, instructions, theirs)])
    expect(all.length).toBeGreaterThan(600 * set.length)
    expect(all.filter(({ here, there }) => here > there)).toEqual([])
  })
})
