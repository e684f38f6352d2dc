import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import type { CallCounts } from '../../lib/filter/call-counts.ts'
import { type CompileOptions, compile } from '../../lib/filter/compile.ts'
import { prove } from '../../lib/filter/prove/prove.ts'
import { compileStack } from '../../lib/filter/stack.ts'
import { type ArchitectureName, architecture } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const plain = compile('docker-default', target)

/** How many instructions one call runs. */
const steps = (program: Program, name: string, argument = 0n, arch: ArchitectureName = 'x86_64'): number =>
  run(
    program,
    {
      arch: architecture(arch).audit,
      nr: numberOf(arch, name)!,
      args: [argument, 0n, 0n, 0n, 0n, 0n],
      instructionPointer: 0n,
    },
    'little',
  ).path.length

const weighted = (weights: CallCounts, options: CompileOptions = target): Program =>
  compile('docker-default', { ...options, weights }).instructions

describe('weights', () => {
  test.each([
    ['socket', 2n],
    ['clone', 0n],
    ['personality', 0n],
    // Refused, so never cached.
    ['mount', 0n],
  ])('bring a hot %s to its verdict sooner, and leave every verdict as it was', (name, argument) => {
    const hot = weighted({ [name]: 1000, getpid: 10 })
    expect(steps(hot, name, argument)).toBeLessThan(steps(plain.instructions, name, argument))
    expect(prove(hot, plain.policy).result).toBe('proved')
  })

  test('sum up: calls as recorded run fewer instructions in all', () => {
    const recorded = { socket: 500, clone: 300, personality: 40, keyctl: 20, setns: 5 }
    const total = (program: Program): number =>
      Object.entries(recorded).reduce((sum, [name, count]) => sum + count * steps(program, name), 0)
    expect(total(weighted(recorded))).toBeLessThan(0.85 * total(plain.instructions))
  })

  test('of calls that the kernel caches count little beside those that it can’t', () => {
    // Three reads in four calls, but the kernel runs no filter for them.
    const mixed = weighted({ read: 3000, socket: 1000 })
    expect(steps(mixed, 'socket')).toBe(steps(weighted({ socket: 1 }), 'socket'))
    // Before the cache it runs for every call.
    const old = weighted({ read: 3000, socket: 1000 }, { ...target, kernel: '5.10' })
    expect(steps(old, 'read')).toBeLessThan(steps(mixed, 'read'))
  })

  test('say nothing when all are 0, or of calls that the target lacks', () => {
    expect(weighted({ read: 0, futex: 0 })).toEqual(plain.instructions)
    expect(weighted({ sigreturn: 9 })).toEqual(plain.instructions)
  })

  test.each(['x32', 'aarch64', 's390x'] as const)('count for %s’ own numbers', (arch) => {
    const options = { ...target, arch }
    const without = compile('docker-default', options)
    const hot = weighted({ socket: 1 }, options)
    const counted = (program: Program): number =>
      run(
        program,
        {
          arch: architecture(arch).audit,
          nr: numberOf(arch, 'socket')!,
          args: [1n, 0n, 0n, 0n, 0n, 0n],
          instructionPointer: 0n,
        },
        architecture(arch).endian,
      ).path.length
    expect(counted(hot)).toBeLessThan(counted(without.instructions))
    expect(prove(hot, without.policy).result).toBe('proved')
  })

  test('bring the arguments that were seen to their verdict sooner', () => {
    const requests = Array.from({ length: 40 }, (_, i) => 0x5400 + 3 * i)
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: requests.map((value) => ({
        names: ['ioctl'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 1, op: 'SCMP_CMP_EQ', value }],
      })),
    }
    const unweighted = compile(profile, target)
    const ioctl = (request: number, from: Program): number =>
      run(
        from,
        {
          arch: architecture('x86_64').audit,
          nr: numberOf('x86_64', 'ioctl')!,
          args: [0n, BigInt(request), 0n, 0n, 0n, 0n],
          instructionPointer: 0n,
        },
        'little',
      ).path.length
    for (const request of [requests[0]!, requests[17]!, requests[39]!]) {
      const hot = compile(profile, { ...target, weights: { [`ioctl(*, ${request})`]: 95, ioctl: 5 } })
      expect(ioctl(request, hot.instructions)).toBeLessThan(ioctl(request, unweighted.instructions))
      expect(prove(hot.instructions, unweighted.policy).result).toBe('proved')
    }
    // What varies says nothing.
    const varies = compile(profile, { ...target, weights: { 'ioctl(*, *)': 1 } })
    expect(varies.instructions).toEqual(compile(profile, { ...target, weights: { ioctl: 1 } }).instructions)
  })

  test('of one call add up, however it was written', () => {
    expect(weighted({ 'socket(1)': 30, 'socket()': 20, socket: 50, getpid: 10 }).length).toBeGreaterThan(0)
    const [apart, together] = [
      { 'setns()': 6, 'setns(-1, *)': 6, clone: 10 },
      { setns: 12, clone: 10 },
    ].map((counts) => weighted(counts))
    expect(apart).toEqual(together)
  })

  test('go to every filter of a stack', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: Array.from({ length: 4500 }, (_, i) => ({
        names: ['ioctl'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 1, op: 'SCMP_CMP_EQ', value: i * 7 }],
      })),
    }
    expect(compileStack(profile, { ...target, weights: { ioctl: 1 } }).length).toBeGreaterThan(1)
  })

  test('change no verdict, whatever they are', () => {
    const names = [
      'read',
      'socket',
      'clone',
      'personality',
      'mount',
      'openat2',
      'exit_group',
      'bpf',
      'ptrace',
    ]
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(
            fc.constantFrom(...names),
            fc
              .tuple(fc.constantFrom(...names), fc.bigInt(-1n, 1n << 34n))
              .map(([name, a]) => `${name}(${a})`),
          ),
          fc.double({ min: 0, max: 1e9, noNaN: true }),
        ),
        (counts) => {
          expect(prove(weighted(counts), plain.policy).result).toBe('proved')
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([
    [{ sokcet: 3 }, 'ERR_UNKNOWN_NAME', /no architecture has a call "sokcet"; did you mean "socket"\?/],
    [{ socket: -1 }, 'ERR_USAGE', /socket is -1; write how often it was called/],
    [{ socket: Number.NaN }, 'ERR_USAGE', /socket is NaN/],
    [{ socket: '3' as never }, 'ERR_USAGE', /socket is "3"/],
    [{ 'sokcet(1)': 3 }, 'ERR_UNKNOWN_NAME', /no architecture has a call "sokcet"/],
    [
      { 'socket(AF_UNIX)': 3 },
      'ERR_USAGE',
      /"socket\(AF_UNIX\)": argument "AF_UNIX"; write a number, or \* for any/,
    ],
    [{ 'socket(1,)': 3 }, 'ERR_USAGE', /argument ""/],
    [{ 'socket(1': 3 }, 'ERR_UNKNOWN_NAME', /no architecture has a call "socket\(1"/],
    [{ 'mmap(1,2,3,4,5,6,7)': 3 }, 'ERR_USAGE', /at most 6 arguments, not 7/],
    [{ 'socket(0x10000000000000000)': 3 }, 'ERR_USAGE', /doesn't fit in 64 bits/],
  ])('%j are refused', (weights, code, message) => {
    expect(() => weighted(weights)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })
})
