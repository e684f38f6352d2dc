import fc from 'fast-check'
import type { Call } from '../lib/bpf/data.ts'
import type { Policy } from '../lib/policy/policy.ts'
import { operatorNames } from '../lib/profile/parse/names.ts'
import type { Condition, Profile, Rule } from '../lib/profile/types.ts'

/** Values where comparisons turn: every corner of the two halves. */
export const corners = [
  0n,
  1n,
  2n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x100000001n,
  2n ** 63n,
  2n ** 64n - 1n,
]

const operand = fc.oneof(
  fc.constantFrom(...corners),
  fc.bigInt({ min: 0n, max: 9n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
)

const condition: fc.Arbitrary<Condition> = fc.record({
  index: fc.nat(5),
  op: fc.constantFrom(...operatorNames),
  value: operand,
  valueTwo: operand,
})

/** Names that share numbers' neighbourhoods, have 32-bit arguments, hide behind doors, or exist on one side only. */
const names = [
  'read',
  'write',
  'open',
  'socket',
  'clone',
  'personality',
  'ioctl',
  'shmget',
  'mount',
  'clone3',
  'openat2',
  'stime',
]

const rule: fc.Arbitrary<Rule> = fc.record({
  names: fc.uniqueArray(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...names) },
      { weight: 1, arbitrary: fc.nat(700).map((n) => `#${n}`) },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  action: fc.constantFrom(
    'SCMP_ACT_ALLOW',
    'SCMP_ACT_ERRNO',
    'SCMP_ACT_KILL_PROCESS',
    'SCMP_ACT_TRAP',
    'SCMP_ACT_LOG',
  ),
  args: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(condition, { maxLength: 4 }) },
  ),
})

/** Profiles of a few names with many conditions on them. */
export const profiles: fc.Arbitrary<Profile> = fc.record({
  defaultAction: fc.constantFrom(
    'SCMP_ACT_ERRNO',
    'SCMP_ACT_ALLOW',
    'SCMP_ACT_KILL_PROCESS',
    'SCMP_ACT_KILL',
  ),
  architectures: fc.subarray([
    'SCMP_ARCH_X86_64',
    'SCMP_ARCH_X86',
    'SCMP_ARCH_X32',
    'SCMP_ARCH_AARCH64',
    'SCMP_ARCH_ARM',
  ]),
  syscalls: fc.array(rule, { maxLength: 8 }),
})

/** Calls at the corners of a policy: its numbers and their neighbours, its operands and theirs. */
export const callsAt = (policy: Policy): fc.Arbitrary<Call> => {
  const rules = policy.architectures.flatMap(({ calls }) => calls.flatMap((call) => call.rules))
  const operands = rules.flatMap(({ conditions }) =>
    conditions.flatMap(({ value, valueTwo }) => [value, valueTwo]),
  )
  const numbers = policy.architectures.flatMap(({ calls, above }) => [
    ...calls.map(({ number }) => number),
    above?.newest ?? 0,
  ])
  const near = fc.constantFrom(-1, 0, 1)
  const u32 = (value: number): number => value >>> 0
  const bits = fc.constantFrom(0, 0x40000000, 0x80000000, 0xc0000000)
  return fc.record({
    arch: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...policy.architectures.map(({ audit }) => audit)) },
      { weight: 1, arbitrary: fc.nat(0xffffffff) },
    ),
    nr: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(fc.constantFrom(0, ...numbers), near, bits).map(([n, d, b]) => u32((n + d) ^ b)),
      },
      { weight: 1, arbitrary: fc.constantFrom(0xffffffff, 0x40000000, 0x3fffffff, 0x80000000) },
      { weight: 1, arbitrary: fc.nat(0xffffffff) },
    ),
    instructionPointer: fc.constantFrom(0n, 0x400000n, 2n ** 64n - 1n),
    args: fc.array(
      fc.oneof(
        fc.constantFrom(...corners),
        fc
          .tuple(fc.constantFrom(0n, ...operands), fc.bigInt({ min: -1n, max: 1n }))
          .map(([v, d]) => BigInt.asUintN(64, v + d)),
        fc
          .tuple(fc.constantFrom(0n, ...operands), fc.constantFrom(...operands, 1n))
          .map(([v, d]) => BigInt.asUintN(64, v ^ d)),
      ),
      { minLength: 6, maxLength: 6 },
    ),
  })
}
