import fc from 'fast-check'
import { type Instruction, isConditionalJump, op, type Program } from '../../lib/bpf/instruction.ts'
import { type Action, actionOf, dataOf, type Verdict, verdict } from '../../lib/bpf/verdict.ts'

/** Programs with one wrong step, as a slip of the compiler or a flipped bit would make them. */
export interface Mutant {
  readonly kind: MutationKind
  readonly at: number
  readonly program: Program
}

export type MutationKind = keyof typeof mutations

/** Where a mutation can be made, and what it makes of the instruction; `n` picks one of its forms. */
interface Mutation {
  readonly applies: (instruction: Instruction) => boolean
  readonly apply: (instruction: Instruction, n: number) => Instruction
}

const isJump = ({ code }: Instruction): boolean => isConditionalJump(code)
const hasConstant = (each: Instruction): boolean => isJump(each) || each.code === op.AND_K
const u32 = (value: number): number => value >>> 0
const jump = (distance: number): Instruction => ({ code: op.JA, jt: 0, jf: 0, k: distance })
const comparisons = [op.JEQ_K, op.JGT_K, op.JGE_K, op.JSET_K]
const verdicts: Verdict[] = [
  ...(['KILL_PROCESS', 'KILL_THREAD', 'NOTIFY', 'LOG', 'ALLOW'] satisfies Action[]).map((each) =>
    verdict(each),
  ),
  verdict('ERRNO', 1),
  verdict('ERRNO', 38),
  verdict('ERRNO', 4095),
  verdict('TRAP'),
  verdict('TRACE', 1),
]

export const mutations = {
  'swap a jump’s sides': { applies: isJump, apply: (each) => ({ ...each, jt: each.jf, jf: each.jt }) },
  'move a jump’s target': {
    applies: isJump,
    apply: (each, n) => {
      const by = [1, -1, 2, -2, 7, 30][(n >> 1) % 6]!
      return n % 2 ? { ...each, jt: (each.jt + by) & 0xff } : { ...each, jf: (each.jf + by) & 0xff }
    },
  },
  'change a constant by one': {
    applies: hasConstant,
    apply: (each, n) => ({ ...each, k: u32(n % 2 ? each.k + 1 : each.k - 1) }),
  },
  'flip a bit of a constant': {
    applies: hasConstant,
    apply: (each, n) => ({ ...each, k: u32(each.k ^ (1 << (n % 32))) }),
  },
  'compare another way': {
    applies: ({ code }) => comparisons.includes(code as never),
    apply: (each, n) => ({ ...each, code: comparisons[n % 4]! }),
  },
  'drop a check': {
    applies: isJump,
    apply: ({ jt, jf }, n) => jump(n % 2 ? jt : jf),
  },
  'drop a load or mask': {
    applies: ({ code }) => code === op.LD_ABS || code === op.AND_K,
    apply: () => jump(0),
  },
  'read the other half': {
    applies: ({ code }) => code === op.LD_ABS,
    apply: (each) => ({ ...each, k: each.k ^ 4 }),
  },
  'read another word': {
    applies: ({ code }) => code === op.LD_ABS,
    apply: (each, n) => ({ ...each, k: 4 * (n % 16) }),
  },
  'return something else': {
    applies: ({ code }) => code === op.RET_K,
    apply: (each, n) => ({ ...each, k: verdicts[n % verdicts.length]! }),
  },
} satisfies Record<string, Mutation>

/** One mutant of a program; never the program itself. */
export const mutantsOf = (program: Program): fc.Arbitrary<Mutant> => {
  const places = (Object.entries(mutations) as [MutationKind, Mutation][]).map(
    ([kind, { applies, apply }]) => ({
      kind,
      apply,
      at: program.flatMap((each, index) => (applies(each) ? [index] : [])),
    }),
  )
  return fc
    .record({
      place: fc.constantFrom(...places.filter(({ at }) => at.length > 0)),
      which: fc.nat(0x7fffffff),
      n: fc.nat(0x7fffffff),
    })
    .map(({ place: { kind, apply, at: candidates }, which, n }) => {
      const at = candidates[which % candidates.length]!
      return { kind, at, program: program.with(at, apply(program[at]!, n)) }
    })
    .filter(({ at, program: mutant }) => !sameInstruction(mutant[at]!, program[at]!))
}

const sameInstruction = (a: Instruction, b: Instruction): boolean =>
  a.code === b.code && a.jt === b.jt && a.jf === b.jf && a.k === b.k

/** A verdict with the data that the kernel looks at (kernel/seccomp.c, __seccomp_filter): errno is capped at 4095. */
export const kernelSees = (value: Verdict): string => {
  const action = actionOf(value)
  if (action === 'ERRNO') return `ERRNO ${Math.min(dataOf(value), 4095)}`
  return action === 'TRAP' || action === 'TRACE' ? `${action} ${dataOf(value)}` : action
}
