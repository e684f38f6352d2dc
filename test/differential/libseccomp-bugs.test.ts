import { describe, expect, test } from 'vitest'
import { run } from '../../lib/bpf/interpreter.ts'
import { ALLOW, verdict } from '../../lib/bpf/verdict.ts'
import { compilePolicy } from '../../lib/filter/compile.ts'
import { prove } from '../../lib/filter/prove/prove.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import type { Condition, OperatorName, Profile } from '../../lib/profile/types.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { libseccompProgram, opened } from './opponent.ts'

const { libseccomp, skip } = opened()

const KILL = verdict('KILL_THREAD')
const condition = (index: number, op: OperatorName, value: bigint): Condition => ({
  index,
  op,
  value,
  valueTwo: 0n,
})
const profileOf = (
  arch: string,
  rules: readonly { name: string; args: readonly Condition[] }[],
): Profile => ({
  defaultAction: 'SCMP_ACT_KILL',
  architectures: [`SCMP_ARCH_${arch.toUpperCase()}`],
  syscalls: rules.map(({ name, args }) => ({ names: [name], action: 'SCMP_ACT_ALLOW', args })),
})
const onClose = (...rules: Condition[][]): Profile =>
  profileOf(
    'x86_64',
    rules.map((args) => ({ name: 'close', args })),
  )

/**
 * Where libseccomp, 2.5.4 and 2.6.1 alike, compiles something else than it was told. Its own PFC export
 * shows the right tree. The call named here gets the wrong verdict, prove() sees that the filter isn't the policy, and our
 * own filter is proved.
 */
describe.skipIf(skip)(`where libseccomp is wrong, prove() says so${skip}`, () => {
  const cases = [
    {
      // A sibling's test runs with another word in the accumulator.
      title: 'two rules with NE: a call that neither allows gets through',
      profile: onClose(
        [condition(0, 'SCMP_CMP_EQ', 0n)],
        [condition(0, 'SCMP_CMP_NE', 1n), condition(1, 'SCMP_CMP_EQ', 1n)],
      ),
      call: { nr: 3, args: [2n, 0n] },
      libseccomp: ALLOW,
      meant: KILL,
    },
    {
      // _db_tree_prune takes the NE node for the EQ node.
      title: 'a rule with NE after one with EQ is dropped',
      profile: onClose(
        [condition(1, 'SCMP_CMP_EQ', 1n)],
        [condition(0, 'SCMP_CMP_EQ', 1n), condition(1, 'SCMP_CMP_NE', 1n)],
      ),
      call: { nr: 3, args: [1n, 0n] },
      libseccomp: KILL,
      meant: ALLOW,
    },
    {
      title: 'two 64-bit ranges: what lies between gets through',
      profile: onClose([condition(0, 'SCMP_CMP_LT', 0x10n)], [condition(0, 'SCMP_CMP_GE', 0x100000000n)]),
      call: { nr: 3, args: [0x10n, 0n] },
      libseccomp: ALLOW,
      meant: KILL,
    },
    {
      // A sibling's test shared by two architectures, with another word in the accumulator on the 64-bit one.
      title: 'EQ alone, on a 64-bit and a 32-bit architecture: a call that no rule allows gets through',
      profile: {
        ...onClose(
          [condition(0, 'SCMP_CMP_EQ', 0xcf64f6f4n), condition(1, 'SCMP_CMP_EQ', 0xffffffffffffffffn)],
          [condition(0, 'SCMP_CMP_EQ', 0x8aae64891b2af95dn)],
          [condition(0, 'SCMP_CMP_EQ', 0n)],
        ),
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
      },
      call: { nr: 3, args: [0xcf64f6f4n, 0n] },
      libseccomp: ALLOW,
      meant: KILL,
    },
    {
      // The load of the number goes with the pseudo number that stands first.
      title: 'a call behind socketcall alone: the number is never loaded',
      profile: profileOf('x86', [{ name: 'accept', args: [] }]),
      call: { nr: 102, args: [5n, 0n] },
      libseccomp: KILL,
      meant: ALLOW,
    },
  ]
  for (const { title, profile, call, libseccomp: theirs, meant } of cases)
    test(title, () => {
      const target = makeTarget({ arch: profile.architectures![0]!, kernel: '6.18', capabilities: 'none' })
      const policy = resolvePolicy(profile, target, 'crun')
      const program = libseccompProgram(libseccomp, profile, target, 1)
      const { audit } = architecture(target.arch)
      const full = { arch: audit, instructionPointer: 0n, nr: call.nr, args: [...call.args, 0n, 0n, 0n, 0n] }
      expect(run(program, full, 'little').verdict).toBe(theirs)
      expect(evaluate(policy, full)).toBe(meant)
      expect(prove(program, policy).result).toBe('differs')
      expect(compilePolicy(policy).proof.result).toBe('proved')
    })
})
