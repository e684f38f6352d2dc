import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effect, verdict } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { execute } from '../../lib/filter/prove/execute.ts'
import { Meaning } from '../../lib/filter/prove/meaning.ts'
import { everyCall, witness } from '../../lib/filter/prove/region.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { profiles } from '../arbitrary.ts'

const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const target = makeTarget(options)
const wanted = ['ALLOW', 'ERRNO', 'KILL_PROCESS', 'TRAP', 'LOG'].map((name) =>
  verdict(name as 'ALLOW', name === 'ERRNO' ? 1 : 0),
)

describe('the meaning of a policy, in cells', () => {
  test('finds another verdict in a region just when cutting it all up does, and each cell’s calls get its verdict', () => {
    let same = 0
    let other = 0
    fc.assert(
      fc.property(profiles, profiles, fc.constantFrom(...wanted), (profile, another, value) => {
        let policy: Policy
        let regions = [everyCall]
        try {
          policy = resolvePolicy(profile, target, 'safe')
          // Regions as they come at the ends of a filter: of this policy, and of one that has nothing to do with it.
          for (const each of [profile, another])
            regions = regions.concat(
              [...execute(compile(each, options).instructions, 'little')].map(({ region }) => region),
            )
        } catch {
          return
        }
        const meaning = new Meaning(policy)
        for (const region of regions.slice(0, 60)) {
          const cells = [...meaning.cells(region)]
          const beside = [...meaning.cellsBeside(region, value)]
          const isOther = (cell: { verdict: number }): boolean => effect(cell.verdict) !== effect(value)
          const found = beside.find(isOther)
          expect(found !== undefined).toBe(cells.some(isOther))
          if (found) other++
          else same++
          const upToFound = found ? beside.slice(0, beside.indexOf(found) + 1) : beside
          for (const cell of [...cells, ...upToFound])
            expect(effect(evaluate(policy, witness(cell.region)))).toBe(effect(cell.verdict))
        }
      }),
      { numRuns: 15, seed: 7 },
    )
    expect(Math.min(same, other)).toBeGreaterThan(20)
  })

  test('sees at once that many rules over several arguments agree with their filter', () => {
    // Rules whose conditions all cross: cut one after the other they would make cells for each other’s.
    const rules = Array.from({ length: 16 }, (_, i) => ({
      names: ['ioctl'],
      action: i % 2 ? 'SCMP_ACT_ALLOW' : 'SCMP_ACT_ERRNO',
      args: [i % 4, 4 + (i % 2)].map((index, n) => ({
        index,
        op: (['SCMP_CMP_EQ', 'SCMP_CMP_LT', 'SCMP_CMP_GT', 'SCMP_CMP_NE'] as const)[(i * 7 + n) % 4]!,
        value: (i * 37 + n * 11) % 251,
      })),
    }))
    const document = { defaultAction: 'SCMP_ACT_TRAP', syscalls: rules }
    const { proof } = compile(document, { ...options, as: 'crun' })
    expect(proof.cells).toBeLessThan(2 * proof.paths)
  })
})
