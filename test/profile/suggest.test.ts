import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { actionNames, flagNames, operatorNames } from '../../lib/profile/parse/names.ts'
import { distance, suggest } from '../../lib/profile/suggest.ts'
import { architectures } from '../../lib/syscalls/architectures.ts'
import { capabilities } from '../../lib/syscalls/capabilities.ts'

describe('did you mean', () => {
  it.each([
    ['SCMP_ACT_ALOW', actionNames, 'SCMP_ACT_ALLOW'],
    ['SCPM_ACT_ALLOW', actionNames, 'SCMP_ACT_ALLOW'],
    ['ALLOW', actionNames, 'SCMP_ACT_ALLOW'],
    ['allow', actionNames, 'SCMP_ACT_ALLOW'],
    ['ErrNo', actionNames, 'SCMP_ACT_ERRNO'],
    ['SECCOMP_RET_KILL_PROCESS', actionNames, 'SCMP_ACT_KILL_PROCESS'],
    ['SCMP_ACT_KILLPROCESS', actionNames, 'SCMP_ACT_KILL_PROCESS'],
    ['SCMP_CMP_EQUAL', operatorNames, undefined],
    ['EQ', operatorNames, 'SCMP_CMP_EQ'],
    ['SCMP_CMP_MASKED_EQUAL', operatorNames, 'SCMP_CMP_MASKED_EQ'],
    ['SECCOMP_FILTER_FLAG_TSNYC', flagNames, 'SECCOMP_FILTER_FLAG_TSYNC'],
    ['SYS_ADMIN', capabilities, 'CAP_SYS_ADMIN'],
    ['cap-net-raw', capabilities, 'CAP_NET_RAW'],
    ['SCMP_ACT_DENY', actionNames, undefined],
    ['', actionNames, undefined],
  ])('takes %s for what it most likely is', (word, names, meant) => {
    expect(suggest(word, names)).toBe(meant)
  })

  it('spends no time on words of absurd length', () => {
    expect(suggest('SCMP_ACT_ALLOW'.repeat(100_000), actionNames)).toBeUndefined()
  })

  it('finds every name again after any one letter was dropped, doubled or swapped with the next', () => {
    const slips = [
      (name: string, at: number) => name.slice(0, at) + name.slice(at + 1),
      (name: string, at: number) => name.slice(0, at) + name[at] + name.slice(at),
      (name: string, at: number) => name.slice(0, at) + (name[at + 1] ?? '') + name[at] + name.slice(at + 2),
    ]
    const families = [
      actionNames,
      operatorNames,
      flagNames,
      capabilities,
      architectures.map(({ scmp }) => scmp),
    ]
    for (const names of families)
      for (const name of names)
        for (const at of name.split('').keys())
          for (const word of slips.map((slip) => slip(name, at))) {
            const meant = suggest(word, names)
            // Another name may be just as near (TRAP and TRACE, X86 and X32), but then it is no further.
            expect(meant, word).toBeDefined()
            expect(distance(word, meant!), word).toBeLessThanOrEqual(distance(word, name))
          }
  })

  it('measures edits as a metric does: zero for equal, symmetric, and no more than the longer word', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b) === 0).toBe(a === b)
        expect(distance(a, b)).toBe(distance(b, a))
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
        expect(distance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      }),
    )
    expect([distance('acton', 'action'), distance('nmaes', 'names'), distance('kitten', 'sitting')]).toEqual([
      1, 1, 3,
    ])
  })
})
