import { describe, expect, test } from 'vitest'
import { architectures } from '../../lib/syscalls/architectures.ts'
import { allSyscallNames, numberOf } from '../../lib/syscalls/numbers.ts'
import { opened } from './opponent.ts'

const { libseccomp, skip } = opened()

/** Architectures that Debian 12's libseccomp 2.5.4 doesn't have yet. */
const unknown = ['loongarch64', 'm68k', 'sh', 'sheb']

/**
 * Where 2.5.4 and the kernel's tables part. Newer libseccomp agrees with the kernel on both: it has map_shadow_stack
 * on x32, and no _llseek on 64-bit PA-RISC.
 */
const apart = ['x32 map_shadow_stack', 'parisc64 _llseek']

describe.skipIf(skip)(`syscall numbers${skip}`, () => {
  test('libseccomp and our tables give every name they both know the same number, everywhere', () => {
    const names = allSyscallNames()
    const differing: string[] = []
    let compared = 0
    for (const { name: arch } of architectures.filter((each) => !unknown.includes(each.name)))
      for (const [i, theirs] of libseccomp.resolve(arch, names).entries()) {
        // -1: a name it doesn't know anywhere; down to -1000: behind a door, with or without a number beside.
        if (theirs < 0 && theirs > -1000) continue
        compared++
        const ours = numberOf(arch, names[i]!)
        if (theirs < 0 ? ours !== undefined : ours !== theirs) differing.push(`${arch} ${names[i]}`)
      }
    expect(compared).toBeGreaterThan(8900)
    expect(differing.filter((each) => !apart.includes(each))).toEqual([])
  })
})
