import fc from 'fast-check'
import { type Instruction, op, type Program } from '../../lib/bpf/instruction.ts'

const ret = (k: number): Instruction => ({ code: op.RET_K, jt: 0, jf: 0, k })
const ALLOW = ret(0x7fff0000)
const KILL = ret(0x80000000)

/** Short programs of any opcode that seccomp allows: memory, X, arithmetic. The kernel would refuse many of them. */
export const foreignPrograms: fc.Arbitrary<Program> = fc
  .array(
    fc.record({
      code: fc.constantFrom(...Object.values(op)),
      jt: fc.nat(3),
      jf: fc.nat(3),
      k: fc.oneof(fc.constantFrom(0, 4, 16, 20, 3, 0x40000000, 0x7fff0000, 0x50001), fc.nat(15)),
    }),
    { minLength: 3, maxLength: 14 },
  )
  .map((body) => [...body, ALLOW, KILL, ALLOW, ALLOW, KILL])
