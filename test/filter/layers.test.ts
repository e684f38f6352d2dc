import { describe, expect, test } from 'vitest'
import { op } from '../../lib/bpf/instruction.ts'
import { verdict } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { prove, proveStack } from '../../lib/filter/prove/prove.ts'

const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'none', as: 'crun' } as const

/** Rules on one call, each on three of four arguments, in no order. */
const crossing = (count: number, actions: readonly string[]): object => ({
  defaultAction: 'SCMP_ACT_TRAP',
  syscalls: Array.from({ length: count }, (_, i) => ({
    names: ['ioctl'],
    action: actions[i % actions.length],
    args: [0, 1, 2, 3]
      .filter((index) => index !== i % 4)
      .map((index) => ({ index, op: 'SCMP_CMP_EQ', value: (i * (7 + index * 5)) % 61 })),
  })),
})

describe('rules over many arguments', () => {
  test('take no more room than their text', () => {
    const filter = compile(crossing(40, ['SCMP_ACT_ALLOW']), options)
    // A rule compares six words: six tests and six loads.
    expect(filter.instructions.length).toBeLessThan(40 * 12)
  })

  test('do so with several actions too, each still deciding its own calls', () => {
    const filter = compile(
      crossing(24, ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_KILL_PROCESS']),
      options,
    )
    expect(filter.instructions.length).toBeLessThan(24 * 12)
  })

  test('write a range over two words once in every rule, not once for each way to be in it', () => {
    const operators = ['SCMP_CMP_GT', 'SCMP_CMP_LE', 'SCMP_CMP_NE']
    const syscalls = Array.from({ length: 12 }, (_, i) => ({
      names: ['ioctl'],
      action: i % 2 ? 'SCMP_ACT_ALLOW' : 'SCMP_ACT_KILL_PROCESS',
      args: [0, 1, 2, 3].map((index) => ({
        index,
        op: operators[(i + index) % 3],
        value: BigInt(i * 7 + index) * 0x100000003n,
      })),
    }))
    const filter = compile({ defaultAction: 'SCMP_ACT_TRAP', syscalls }, options)
    // A condition is two loads and at most four tests; each of them is two or three conjunctions of words.
    expect(filter.instructions.length).toBeLessThan(12 * 4 * 6)
  })

  test('where ways meet, the prover misses nothing: it says the same without remembering', () => {
    const { instructions, policy } = compile(crossing(10, ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO']), options)
    // Of a stack no meeting is remembered, and a program that allows everything changes nothing.
    const allow = [{ code: op.RET_K, jt: 0, jf: 0, k: verdict('ALLOW') }]
    let different = 0
    for (const [place, instruction] of instructions.entries()) {
      const mutant = instructions.with(place, {
        ...instruction,
        k: instruction.code === op.LD_ABS ? instruction.k ^ 4 : instruction.k ^ 1,
      })
      const { result } = prove(mutant, policy)
      expect([place, result]).toEqual([place, proveStack([mutant, allow], policy).result])
      if (result === 'differs') different++
    }
    expect(different).toBeGreaterThan(instructions.length / 2)
  })
})
