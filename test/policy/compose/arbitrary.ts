import fc from 'fast-check'
import type { Call } from '../../../lib/bpf/data.ts'
import { SeccompError } from '../../../lib/errors.ts'
import { evaluate } from '../../../lib/policy/evaluate.ts'
import type { Faithfulness, Policy } from '../../../lib/policy/policy.ts'
import { resolvePolicy } from '../../../lib/policy/rules.ts'
import { makeTarget, type TargetOptions } from '../../../lib/policy/target.ts'
import type { Condition, Gate, Profile, Rule } from '../../../lib/profile/types.ts'
import { profiles as anyProfiles } from '../../arbitrary.ts'

/** Profiles to compose: few names, so that their rules meet, and gates on some of the rules. */

const gate: fc.Arbitrary<Gate> = fc.oneof(
  fc.subarray(['CAP_SYS_ADMIN', 'CAP_BPF'], { minLength: 1 }).map((caps) => ({ caps })),
  fc.subarray(['amd64', 'x86', 'arm64'], { minLength: 1 }).map((arches) => ({ arches })),
  fc.constantFrom('4.8', '5.10').map((minKernel) => ({ minKernel })),
)

const withGates = (rule: Rule): fc.Arbitrary<Rule> =>
  fc
    .record({
      includes: fc.option(gate, { freq: 4, nil: undefined }),
      excludes: fc.option(gate, { freq: 4, nil: undefined }),
    })
    .map(({ includes, excludes }) => ({
      ...rule,
      ...(includes && { includes }),
      ...(excludes && { excludes }),
    }))

/** Conditions as people write them: few arguments, small operands that lie close together. */
export const condition: fc.Arbitrary<Condition> = fc
  .record({
    index: fc.constantFrom(0, 0, 0, 1, 2),
    op: fc.constantFrom(
      'SCMP_CMP_EQ',
      'SCMP_CMP_EQ',
      'SCMP_CMP_NE',
      'SCMP_CMP_LT',
      'SCMP_CMP_LE',
      'SCMP_CMP_GT',
      'SCMP_CMP_GE',
      'SCMP_CMP_MASKED_EQ',
    ),
    value: fc.oneof(
      { weight: 9, arbitrary: fc.bigInt({ min: 0n, max: 12n }) },
      { weight: 1, arbitrary: fc.constantFrom(0xffffffffn, 0x7e020000n, 0xfffffffffffffff0n) },
    ),
    valueTwo: fc.bigInt({ min: 0n, max: 12n }),
  })
  .map((each) => (each.op === 'SCMP_CMP_MASKED_EQ' || each.value < 2n ** 32n ? each : { ...each, value: 5n }))

const rule: fc.Arbitrary<Rule> = fc
  .record({
    names: fc.uniqueArray(
      fc.constantFrom(
        'read',
        'ioctl',
        'clone',
        'personality',
        'socket',
        'socketcall',
        'shmget',
        'ipc',
        'openat2',
      ),
      { minLength: 1, maxLength: 3 },
    ),
    action: fc.constantFrom(
      'SCMP_ACT_ALLOW',
      'SCMP_ACT_ALLOW',
      'SCMP_ACT_ERRNO',
      'SCMP_ACT_KILL_PROCESS',
      'SCMP_ACT_LOG',
    ),
    errnoRet: fc.constantFrom(1, 13),
    args: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 3, arbitrary: fc.uniqueArray(condition, { maxLength: 3, selector: ({ index }) => index }) },
    ),
  })
  .map(({ errnoRet, ...rest }) => (rest.action === 'SCMP_ACT_ERRNO' ? { ...rest, errnoRet } : rest))

const architectures = fc.oneof(
  fc.constant({}),
  fc
    .subarray(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'])
    .map((list) => ({ architectures: list })),
  fc.subarray(['SCMP_ARCH_X86', 'SCMP_ARCH_X32']).map((subArchitectures) => ({
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    ],
  })),
)

/** Profiles like those of people. */
export const usualProfiles: fc.Arbitrary<Profile> = fc
  .record({
    defaultAction: fc.constantFrom('SCMP_ACT_ERRNO', 'SCMP_ACT_ERRNO', 'SCMP_ACT_ALLOW', 'SCMP_ACT_KILL'),
    syscalls: fc.array(rule.chain(withGates), { maxLength: 6 }),
    more: architectures,
  })
  .map(({ more, ...profile }) => ({ ...profile, ...more }))

/** Two of them, most often for the same architectures. */
export const usualPairs: fc.Arbitrary<[Profile, Profile]> = fc
  .tuple(usualProfiles, usualProfiles, fc.nat(3))
  .map(([a, b, odds]) => {
    const { architectures: _, archMap: __, ...rest } = b
    return [a, odds ? { ...rest, ...listsOf(a) } : b]
  })

const listsOf = ({ architectures, archMap }: Profile): Partial<Profile> => ({
  ...(architectures && { architectures }),
  ...(archMap && { archMap }),
})

/** Also profiles with operands of 64 bits, repeated arguments and rules by number. */
export const wildProfiles: fc.Arbitrary<Profile> = anyProfiles.chain((profile) =>
  fc.tuple(...profile.syscalls.map(withGates)).map((syscalls) => ({ ...profile, syscalls })),
)

export const targets: fc.Arbitrary<TargetOptions> = fc.record({
  arch: fc.constantFrom('x86_64', 'x86_64', 'x86', 'aarch64', 'x32'),
  kernel: fc.constantFrom('4.4', '4.8', '5.4', '6.18'),
  capabilities: fc.subarray(['CAP_SYS_ADMIN', 'CAP_BPF', 'CAP_CHOWN']),
})

const expected = ['ERR_POLICY_CONFLICT', 'ERR_MIXED_BYTE_ORDER', 'ERR_TARGET_INVALID']

/** What `make` gives, or undefined where random profiles contradict themselves or have too many gates. */
export const unlessRefused = <T>(make: () => T): T | undefined => {
  try {
    return make()
  } catch (error) {
    if (error instanceof SeccompError && expected.includes(error.code)) return undefined
    throw error
  }
}

export const policyOf = (profile: Profile, target: TargetOptions, as: Faithfulness = 'crun'): Policy =>
  resolvePolicy(profile, makeTarget(target), as)

/** A verdict as one profile gives it; a rule never says the default, runtimes skip it. */
export const answer = (policy: Policy, call: Call): { verdict: number; isDefault: boolean } => {
  const verdict = evaluate(policy, call)
  return { verdict, isDefault: verdict === policy.defaultVerdict }
}
