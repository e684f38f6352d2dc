import { describe, expect, test } from 'vitest'
import { decode } from '../../lib/bpf/encode.ts'
import { prove } from '../../lib/filter/prove/prove.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget, type Target } from '../../lib/policy/target.ts'
import type { Condition, Profile } from '../../lib/profile/types.ts'
import { architectures } from '../../lib/syscalls/architectures.ts'
import { allSyscallNames } from '../../lib/syscalls/numbers.ts'
import { knownNames, opened, opponentPolicy } from './opponent.ts'

const { libseccomp, skip } = opened()

const unknown = ['loongarch64', 'm68k', 'sh', 'sheb']

/** `dup` stands last: libseccomp forgets to load the number when the first is a pseudo number (libseccomp-bugs.test.ts). */
const profileFor = (name: string, scmp: string, args: readonly Condition[]): Profile => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  architectures: [scmp],
  syscalls: [
    { names: [name], action: 'SCMP_ACT_ALLOW', args },
    { names: ['dup'], action: 'SCMP_ACT_ALLOW', args: [] },
  ],
})

/** The names for which libseccomp's program isn't our policy. */
const differing = (
  names: readonly string[],
  scmp: string,
  target: Target,
  args: readonly Condition[],
): string[] => {
  const profiles = names.map((name) => profileFor(name, scmp, args))
  const filters = libseccomp.build(profiles.map((profile) => opponentPolicy(profile, target, 1)))
  const { endian } = architectures.find((each) => each.name === target.arch)!
  return names.filter((_, i) => {
    const { bytes } = filters[i]!
    return (
      !bytes || prove(decode(bytes, endian), resolvePolicy(profiles[i]!, target, 'crun')).result !== 'proved'
    )
  })
}

describe.skipIf(skip)(`every name on every architecture${skip}`, () => {
  const conditions: [string, Condition[]][] = [
    ['without conditions', []],
    // Argument 0 says nothing behind socketcall and ipc; argument 1 tests their pointer, in libseccomp and here.
    [
      'with two conditions',
      [
        { index: 0, op: 'SCMP_CMP_NE', value: 0x100000002n, valueTwo: 0n },
        { index: 1, op: 'SCMP_CMP_MASKED_EQ', value: 0x8000000000000ff0n, valueTwo: 0x40n },
      ],
    ],
  ]
  for (const [title, args] of conditions)
    test(`${title}: number, width and the doors of socketcall and ipc are libseccomp's`, () => {
      const wrong = architectures
        .filter(({ name }) => !unknown.includes(name))
        .flatMap(({ name: arch, scmp }) => {
          const known = knownNames(libseccomp, allSyscallNames(), [arch]).filter((name) => name !== 'dup')
          expect(known.length).toBeGreaterThan(400)
          const target = makeTarget({ arch, kernel: '6.18', capabilities: 'none' })
          return differing(known, scmp, target, args).map((name) => `${arch} ${name}`)
        })
      expect(wrong).toEqual([])
    })
})
