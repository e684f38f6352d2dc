import { describe, expect, test } from 'vitest'
import { type Proof, prove } from '../../lib/filter/prove/prove.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import type { Target } from '../../lib/policy/target.ts'
import type { Profile } from '../../lib/profile/types.ts'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'
import { opened } from './opponent.ts'
import { engineProfile, engineProfiles, noData } from './profiles.ts'
import { loadedBy } from './runtime-program.ts'

const { libseccomp, skip } = opened()

const littleEndian: ArchitectureName[][] = [
  ['x86_64', 'x86', 'x32'],
  ['x86_64'],
  ['x86'],
  ['x32'],
  ['aarch64', 'arm'],
  ['arm'],
  ['mipsel64', 'mipsel', 'mipsel64n32'],
  ['riscv64'],
  ['ppc64le'],
]
const bigEndian: ArchitectureName[][] = [
  ['s390x', 's390'],
  ['mips64', 'mips', 'mips64n32'],
  ['ppc64', 'ppc'],
  ['parisc64', 'parisc'],
]

/** What comes of comparing what a runtime loads with our policy for it: every call, every argument. */
const compare = (profile: Profile, target: Target): Record<string, Proof['result']> => {
  const results: Record<string, Proof['result']> = {}
  for (const runtime of ['crun', 'runc'] as const)
    for (const optimize of [1, 2] as const)
      results[`${runtime}, optimize ${optimize}`] = prove(
        loadedBy(libseccomp, runtime, profile, target, optimize),
        resolvePolicy(profile, target, runtime),
      ).result
  return results
}

const allProved = {
  'crun, optimize 1': 'proved',
  'crun, optimize 2': 'proved',
  'runc, optimize 1': 'proved',
  'runc, optimize 2': 'proved',
}

describe.skipIf(skip || noData)(
  `what the runtimes load is our policy, proved for every call${skip || noData}`,
  () => {
    for (const name of engineProfiles) {
      for (const architectures of littleEndian)
        test(`${name} on ${architectures.join(', ')}`, () => {
          const { profile, target } = engineProfile(libseccomp, name, architectures)
          expect(profile.syscalls.length).toBeGreaterThan(20)
          expect(compare(profile, target)).toEqual(allProved)
        })

      // In parts: see the test of long filters below.
      for (const architectures of bigEndian)
        test(`${name} on ${architectures.join(', ')}, in parts`, () => {
          const { profile, target } = engineProfile(libseccomp, name, architectures)
          const parts = inParts(profile, Math.floor(150 / architectures.length))
          expect(parts.length).toBeGreaterThan(3)
          for (const part of parts) expect(compare(part, target)).toEqual(allProved)
        })
    }

    test('only the few names newer than libseccomp are left out', () => {
      const { dropped } = engineProfile(libseccomp, 'moby-default', ['x86_64', 'x86', 'x32'])
      expect(dropped.length).toBeLessThan(20)
    })

    /**
     * Written on a little-endian machine for a big-endian one, some returns that libseccomp (2.5.4 and 2.6.1) inserts
     * for far jumps have the wrong byte order: allowed calls of s390x would be killed. It isn't our policy then, and
     * prove() says so.
     */
    test('a long filter that libseccomp builds for the other byte order gets a counter-example', () => {
      const { profile, target } = engineProfile(libseccomp, 'moby-default', ['s390x', 's390'])
      const proof = prove(
        loadedBy(libseccomp, 'crun', profile, target, 2),
        resolvePolicy(profile, target, 'crun'),
      )
      expect(proof).toMatchObject({ result: 'differs', filter: 0x0000ff7f, policy: 0x7fff0000 })
    })
  },
)

/** The same rules as several profiles of at most `size` names each. */
const inParts = (profile: Profile, size: number): Profile[] => {
  const single = profile.syscalls.flatMap((rule) => rule.names.map((name) => ({ ...rule, names: [name] })))
  const names = [...new Set(single.map((rule) => rule.names[0]!))]
  return Array.from({ length: Math.ceil(names.length / size) }, (_, i) => {
    const part = new Set(names.slice(i * size, (i + 1) * size))
    return { ...profile, syscalls: single.filter((rule) => part.has(rule.names[0]!)) }
  })
}
