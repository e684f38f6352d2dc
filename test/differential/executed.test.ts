import { describe, expect, test } from 'vitest'
import { longerThan } from '../../bench/instructions.js'
import { compilePolicy } from '../../lib/filter/compile.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'
import { forArchitectures, knownToBoth, libseccompProgram, opened } from './opponent.ts'

const { libseccomp, skip } = opened()

describe.skipIf(skip)(`Docker's default profile beside libseccomp's best filter for it${skip}`, () => {
  const sets: ArchitectureName[][] = [['x86_64'], ['x86_64', 'x86', 'x32']]
  test.each(sets.map((set) => ({ set, name: set.join(', ') })))('runs no call longer: $name', ({ set }) => {
    const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
    const { profile } = knownToBoth(libseccomp, forArchitectures(dockerDefault, set), set)
    const { instructions, policy } = compilePolicy(resolvePolicy(profile, target, 'crun'))
    const theirs = libseccompProgram(libseccomp, profile, target, 2)
    expect(longerThan(instructions, theirs, policy)).toEqual([])
    // The other way round it finds nearly all of them.
    expect(longerThan(theirs, instructions, policy).length).toBeGreaterThan(550 * set.length)
  })
})
