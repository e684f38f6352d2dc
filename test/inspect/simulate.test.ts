import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call } from '../../lib/bpf/data.ts'
import { op } from '../../lib/bpf/instruction.ts'
import { compile, type Filter } from '../../lib/filter/compile.ts'
import { parseCall } from '../../lib/inspect/call.ts'
import { decide } from '../../lib/inspect/decision.ts'
import { simulate } from '../../lib/inspect/simulate.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { formatVerdict } from '../../lib/policy/format.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'

const docker = (arch: string): Filter =>
  compile(dockerDefault, { arch, kernel: '6.18', capabilities: 'docker' })

const word = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(0x40000000, 0x7fffffff, 0xffffffff))
const argument = fc.oneof(
  fc.bigInt({ min: 0n, max: 64n }),
  fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
  fc.constantFrom(0x10000000n, 0x7e020000n, 0x20008n, 0xffffffffn, 0x100000028n),
)
const calls = (filter: Filter): fc.Arbitrary<Call> =>
  fc.record({
    arch: fc.constantFrom(...filter.policy.architectures.map(({ audit }) => audit), 1),
    nr: word.chain((nr) => fc.constantFrom(nr, (nr | 0x40000000) >>> 0)),
    args: fc.array(argument, { minLength: 6, maxLength: 6 }),
    instructionPointer: fc.constant(0n),
  })

describe('simulate', () => {
  test.each(['x86_64', 'aarch64', 's390x'])('agrees with the meaning of docker-default on %s', (arch) => {
    const filter = docker(arch)
    const { longestPath } = filter.stats
    fc.assert(
      fc.property(calls(filter), (call) => {
        const { verdict, path } = simulate(filter, call)
        expect(verdict).toBe(evaluate(filter.policy, call))
        expect(decide(filter.policy, call).verdict).toBe(verdict)
        expect(path.length).toBeLessThanOrEqual(longestPath)
        expect(path[0]).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  test('answers for a bare program as for the filter it came from, in the byte order of the call', () => {
    for (const arch of ['x86_64', 's390x'] as const) {
      const filter = docker(arch)
      const call = parseCall('socket', ['40'], arch)
      expect(formatVerdict(simulate(filter.instructions, call).verdict)).toBe('ERRNO(EPERM)')
      expect(simulate(filter.instructions, call)).toEqual(simulate(filter, call))
      expect(simulate(filter.instructions, call, architecture(arch).endian)).toEqual(simulate(filter, call))
    }
  })

  test('gives the instructions that ran, the return included', () => {
    const program = [
      { code: op.LD_ABS, jt: 0, jf: 0, k: 0 },
      { code: op.JEQ_K, jt: 1, jf: 0, k: 41 },
      { code: op.RET_K, jt: 0, jf: 0, k: 0x7fff0000 },
      { code: op.RET_K, jt: 0, jf: 0, k: 0x80000000 },
    ]
    expect(simulate(program, parseCall('socket', [], 'x86_64')).path).toEqual([0, 1, 3])
    expect(simulate(program, parseCall('read', [], 'x86_64')).path).toEqual([0, 1, 2])
  })

  test('refuses a program that the kernel would refuse', () => {
    expect(() => simulate([], parseCall('read', [], 'x86_64'))).toThrow(
      expect.objectContaining({ code: 'ERR_FILTER_INVALID' }),
    )
  })
})
