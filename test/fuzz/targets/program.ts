import fc from 'fast-check'
import { checkProgram } from '../../../lib/bpf/check.ts'
import { callOf, WORDS } from '../../../lib/bpf/data.ts'
import { decode, encode } from '../../../lib/bpf/encode.ts'
import { type Instruction, op, type Program } from '../../../lib/bpf/instruction.ts'
import { run } from '../../../lib/bpf/interpreter.ts'
import { effect } from '../../../lib/bpf/verdict.ts'
import { compile, type Filter } from '../../../lib/filter/compile.ts'
import { prove } from '../../../lib/filter/prove/prove.ts'
import { stats } from '../../../lib/filter/stats.ts'
import { assembleText } from '../../../lib/inspect/assemble-text.ts'
import { disassemble, disassembleLines } from '../../../lib/inspect/disassemble.ts'
import { evaluate } from '../../../lib/policy/evaluate.ts'
import { callsAt } from '../../arbitrary.ts'
import { Random } from '../../random.ts'
import type { Target } from '../target.ts'
import { typed } from '../trial.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const

const conditional = (names: string[], op: string, value: number, valueTwo = 0): object => ({
  names,
  action: 'SCMP_ACT_ERRNO',
  args: [{ index: 0, value, valueTwo, op }],
})

/** Policies small enough that a mutated filter still often means the same. */
const filters: readonly Filter[] = [
  { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mount'], action: 'SCMP_ACT_ERRNO' }] },
  {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: [
      conditional(['clone'], 'SCMP_CMP_MASKED_EQ', 0x7e020000, 0),
      conditional(['lseek', 'mmap'], 'SCMP_CMP_GT', 0x100000002),
    ],
  },
  {
    defaultAction: 'SCMP_ACT_KILL_PROCESS',
    syscalls: [
      { names: ['read', 'write', 'exit_group'], action: 'SCMP_ACT_ALLOW' },
      conditional(['socket'], 'SCMP_CMP_NE', 40),
    ],
  },
].map((profile) => compile(profile, target))

/** For each policy, calls at the corners of its rules. */
const corners = filters.map(({ policy }) => fc.sample(callsAt(policy), { numRuns: 64, seed: 1 }))

const bytesOf = (program: Program): Uint8Array => encode(program, 'little')
const instruction = (code: number, k: number): Instruction => ({ code, jt: 0, jf: 1, k })

/**
 * The BPF decoder, the kernel's rules, the interpreter, the disassembler and the prover, on any bytes: the first says
 * which policy the rest, a program, is held against.
 */
export const program: Target = {
  name: 'program',
  code: ['bpf/', 'filter/prove/', 'filter/cacheable', 'filter/stats', 'inspect/'],
  seeds: filters.map(({ bytes }, index) => Buffer.concat([Uint8Array.of(index), bytes])),
  words: Object.values(op).map((code) =>
    Buffer.from(bytesOf([instruction(code, code % 5 ? 16 : 3)])).toString('latin1'),
  ),
  longest: 1025,

  run(input) {
    const which = (input[0] ?? 0) % filters.length
    const { policy } = filters[which]!
    const instructions = typed(() => decode(input.subarray(1), 'little'))
    if (!instructions) return
    if (Buffer.compare(encode(instructions, 'little'), input.subarray(1)))
      throw new Error('encoded again, the bytes are others')
    typed(() => disassembleLines(instructions))
    // Few cells: what programs of this size have, unless their paths meet again and again.
    const proof = prove(instructions, policy, { limit: 2000 })
    if (checkProgram(instructions)) {
      if (proof.result !== 'undecided') throw new Error(`the kernel refuses it, and it is ${proof.result}`)
      return
    }
    stats(instructions, policy.target)
    const again = assembleText(disassemble(instructions))
    if (Buffer.compare(encode(again, 'little'), input.subarray(1)))
      throw new Error('disassembled and assembled, it is another program')
    if (proof.result === 'differs') {
      const { call } = proof
      if (effect(run(instructions, call, 'little').verdict) === effect(evaluate(policy, call)))
        throw new Error('the call that is to show a difference shows none')
    }
    if (proof.result === 'proved')
      for (const call of [...corners[which]!, ...callsOf(instructions)])
        if (effect(run(instructions, call, 'little').verdict) !== effect(evaluate(policy, call)))
          throw new Error(`proved, and call ${call.nr} of ${call.arch} differs`)
  },
}

/** Calls of the program's own constants. */
const callsOf = (instructions: Program): ReturnType<typeof callOf>[] => {
  const random = new Random(instructions.length)
  const word = (): number => (random.of(instructions).k + random.below(3) - 1) >>> 0
  return Array.from({ length: 32 }, () =>
    callOf(Array.from({ length: WORDS }, (_, at) => (at === 1 && random.chance(2) ? 0xc000003e : word()))),
  )
}
