import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call } from '../../lib/bpf/data.ts'
import { type Instruction, op } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { effect, verdict } from '../../lib/bpf/verdict.ts'
import { SeccompError } from '../../lib/errors.ts'
import { compile } from '../../lib/filter/compile.ts'
import { compileStack } from '../../lib/filter/stack.ts'
import { type Difference, diff } from '../../lib/inspect/diff/diff.ts'
import { formatDiff } from '../../lib/inspect/diff/format.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { presetNames } from '../../lib/profile/presets/names.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { callsAt, profiles } from '../arbitrary.ts'

const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const target = makeTarget(options)
const instruction = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k })

const within = (ranges: Difference['numbers'], value: number): boolean =>
  ranges.some(({ low, high }) => value >= low && value <= high)

/** Those of the differences that may be about a call. */
const about = (differences: readonly Difference[], { arch, nr }: Call): Difference[] =>
  differences.filter(({ audit, numbers }) => within(audit, arch) && within(numbers, nr))

const resolved = (profile: Profile): Policy | undefined => {
  try {
    return resolvePolicy(profile, target, 'runc')
  } catch {
    return undefined // Profiles that contradict themselves aren't this test's.
  }
}

describe('diff', () => {
  test('finds nothing between a preset and itself, read, compiled or as a program', () => {
    for (const name of presetNames) {
      const filter = compile(name, options)
      for (const other of [name, filter, filter.policy, filter.instructions, [filter.instructions]]) {
        const { result, differences } = diff(name, other, options)
        expect({ name, result, differences }).toEqual({ name, result: 'same', differences: [] })
      }
    }
  })

  test('says of every call what evaluate says of it', () => {
    let differing = 0
    fc.assert(
      fc.property(profiles, profiles, fc.infiniteStream(fc.nat()), (one, other, seeds) => {
        const [a, b] = [resolved(one), resolved(other)]
        if (!a || !b) return
        const { differences } = diff(a, b)
        const untrue = differences.filter((difference) => {
          const { call, verdicts } = difference
          const [first, second] = [evaluate(a, call), evaluate(b, call)]
          const isSo = first === verdicts[0] && second === verdicts[1] && effect(first) !== effect(second)
          return !isSo || about([difference], call).length === 0
        })
        expect(untrue).toEqual([])
        const calls = fc.sample(fc.oneof(callsAt(a), callsAt(b)), { seed: seeds.next().value, numRuns: 40 })
        for (const call of calls) {
          const [first, second] = [evaluate(a, call), evaluate(b, call)]
          const possible = about(differences, call)
          const said = possible.map(({ verdicts }) => `${verdicts}`)
          if (effect(first) !== effect(second)) {
            differing++
            expect(said).toContain(`${[first, second]}`)
          }
          const always = possible.filter((each) => each.always)
          expect(always.length).toBeLessThan(2)
          for (const { verdicts } of always) expect([first, second]).toEqual(verdicts)
        }
      }),
      { numRuns: 60 },
    )
    expect(differing).toBeGreaterThan(200)
  })

  test('compares programs from anywhere with profiles and with each other', () => {
    const kill = [instruction(op.RET_K, verdict('KILL_PROCESS'))]
    const numberOnly = [
      instruction(op.LD_ABS, 0),
      instruction(op.JEQ_K, 2, 0, 1),
      instruction(op.RET_K, verdict('ALLOW')),
      instruction(op.RET_K, verdict('KILL_PROCESS')),
    ]
    const { differences } = diff(kill, numberOnly, { arch: 'x86_64' })
    expect(differences).toHaveLength(1)
    expect(differences[0]).toMatchObject({
      arch: undefined,
      audit: [{ low: 0, high: 0xffffffff }],
      numbers: [{ low: 2, high: 2 }],
      always: true,
      verdicts: [verdict('KILL_PROCESS'), verdict('ALLOW')],
    })
    // Two filters that stack are as strict as the stricter.
    expect(diff([kill, numberOnly], kill, { arch: 'x86_64' }).result).toBe('same')
    const filter = compile('docker-default', options)
    const mixed = diff(numberOnly, 'docker-default', options)
    for (const { call, verdicts } of mixed.differences) {
      expect([
        run(numberOnly, call, 'little').verdict,
        run(filter.instructions, call, 'little').verdict,
      ]).toEqual(verdicts)
    }
    expect(mixed.differences.some(({ name, arch }) => name === 'open' && arch === 'x86_64')).toBe(false)
    expect(mixed.differences.some(({ name, arch }) => name === 'fork' && arch === 'x86')).toBe(false)
    expect(mixed.differences.some(({ name, arch }) => name === 'fork' && arch === 'x86_64')).toBe(true)
  })

  test('compares a stack with its profile', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: Array.from({ length: 4200 }, (_, i) => ({
        names: ['ioctl'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 1, op: 'SCMP_CMP_EQ', value: i * 7 }],
      })),
    }
    const programs = compileStack(profile, options).map(({ instructions }) => instructions)
    expect(programs.length).toBeGreaterThan(1)
    expect(diff(profile, programs, options).result).toBe('same')
    const [difference, ...others] = diff(profile, programs.slice(1), options).differences
    expect(difference).toMatchObject({ name: 'ioctl', always: false })
    expect(others).toEqual([])
  })

  test('leaves out what a program computes in ways it can’t follow, and says so', () => {
    const odd = [
      instruction(op.LD_ABS, 0),
      instruction(op.JEQ_K, 5, 0, 3),
      instruction(op.MUL_K, 3),
      instruction(op.JEQ_K, 9, 0, 1),
      instruction(op.RET_K, verdict('KILL_PROCESS')),
      instruction(op.RET_K, verdict('ALLOW')),
    ]
    const allow = [instruction(op.RET_K, verdict('ALLOW'))]
    const undecided = diff(odd.with(1, instruction(op.JEQ_K, 5, 0, 0)), allow, { arch: 'x86_64' })
    expect(undecided).toMatchObject({
      result: 'undecided',
      differences: [],
      gaps: [{ side: 0, instruction: 3, program: 0, reason: expect.stringContaining('(mul)') }],
    })
    expect(formatDiff(undecided, ['odd.bpf', 'b'])).toContain('instruction 3 of odd.bpf')
    const kill = [instruction(op.RET_K, verdict('KILL_PROCESS'))]
    const both = diff(odd.with(1, instruction(op.JGT_K, 5, 0, 3)), kill, { arch: 'x86_64' })
    expect(both.result).toBe('different')
    expect(both.differences.map(({ numbers }) => numbers)).toEqual([[{ low: 0, high: 5 }]])
    expect(both.gaps).toHaveLength(1)
  })

  test('refuses to compare more than it is allowed to', () => {
    expect(() => diff('docker-default', 'unconfined', { ...options, limit: 10 })).toThrow('more than 10')
  })
})

describe('what is no profile and no filter', () => {
  test.each([undefined, null, 0, 1n, true, Symbol('x'), [null], [[null]], {}])(
    'is an error of ours: %s',
    (bad) => {
      expect(() => diff(bad as object, 'docker-default', options)).toThrow(SeccompError)
      expect(() => diff('docker-default', bad as object, options)).toThrow(SeccompError)
    },
  )
})

describe('a diff as text', () => {
  const profile = (names: string[], more: object = {}): object => ({
    defaultAction: 'SCMP_ACT_ERRNO',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
    syscalls: [
      { names, action: 'SCMP_ACT_ALLOW' },
      { names: ['rseq_slice_yield'], action: 'SCMP_ACT_ALLOW' },
    ],
    ...more,
  })
  const text = (a: object, b: object): string =>
    formatDiff(diff(a, b, options), ['a', 'b'], { about: 'here' })

  test('puts together what changed alike', () => {
    expect(text(profile(['read']), profile(['read', 'write', 'close']))).toBe(`--- a
+++ b
different: 4 calls
(here)

close, write on x86_64, x86
- ERRNO(EPERM)  the default action
+ ALLOW  /syscalls/0
`)
  })

  test('says closed architectures and numbers without a name in a line', () => {
    const closed = text(profile(['read']), profile(['read'], { architectures: ['SCMP_ARCH_X86_64'] }))
    expect(closed).toContain('every call on x86: ')
    expect(closed).toContain('- ERRNO(EPERM), ALLOW, ERRNO(ENOSYS)\n+ KILL_PROCESS  an architecture')
    expect(closed.split('\n').length).toBeLessThan(10)
    const trap = text(profile(['read']), profile(['read'], { defaultAction: 'SCMP_ACT_ALLOW' }))
    expect(trap).toContain('every number above 471 on x86')
  })

  test('names what it doesn’t compare: rules for other targets, and flags', () => {
    const gated = { names: ['bpf'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } }
    const before = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] }
    const after = { ...before, syscalls: [gated], flags: ['SECCOMP_FILTER_FLAG_LOG'] }
    const found = diff(before, after, options)
    expect(found.result).toBe('same')
    expect(found.gated).toMatchObject([{ side: 1, names: ['bpf'], reason: 'needs CAP_SYS_ADMIN' }])
    expect(formatDiff(found, ['a', 'b'])).toBe(`same: every call gets the same verdict

flags
- none
+ SECCOMP_FILTER_FLAG_LOG

not compared: rules of one side that do not count on this target
  b /syscalls/0: needs CAP_SYS_ADMIN
`)
    expect(diff(after, after, options).gated).toEqual([])
  })

  test('colours lines for a terminal, and nothing in a name can', () => {
    const style = { paint: (line: string, what: string): string => `<${what}>${line}` }
    const found = diff(profile(['read']), profile(['read', 'write']), options)
    const lines = formatDiff(found, ['a\x1b[2J', 'b'], style).split('\n')
    expect(lines[0]).toBe('<heading>--- a\\u001b[2J')
    expect(lines.slice(-3)).toEqual([
      '<bad>- ERRNO(EPERM)  the default action',
      '<good>+ ALLOW  /syscalls/0',
      '',
    ])
  })

  test('keeps to 80 columns', () => {
    const long = formatDiff(diff('docker-default', 'unconfined', options), ['docker-default', 'unconfined'])
    expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })
})
