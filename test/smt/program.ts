import { type Instruction, isConditionalJump, op, type Program } from '../../lib/bpf/instruction.ts'
import { bv32, choose, memoryWord } from './terms.ts'

/**
 * A classic BPF program as SMT-LIB definitions, instruction by instruction and with no notion of a path: each
 * instruction gets the condition under which it runs, and each register its value there, as a choice between the
 * jumps that lead to it. Shares nothing with the prover it is to check.
 */

/** What jumps to an instruction: when, and the registers it brings. */
interface Edge {
  readonly condition: string
  readonly registers: Registers
}

/** Terms by register: `a`, `x`, `m0` … `m15`. */
type Registers = Readonly<Record<string, string>>

/** Definitions under names that begin with `prefix`; the last of them, `<prefix>`, is the program's return value. */
export const programTerm = (program: Program, prefix: string): string => {
  const lines: string[] = []
  const define = (name: string, sort: string, term: string): string => {
    lines.push(`(define-fun ${name} () ${sort} ${term})`)
    return name
  }
  const edges: Edge[][] = program.map(() => [])
  edges[0]!.push({ condition: 'true', registers: { a: bv32(0), x: bv32(0) } })
  const needed = liveRegisters(program)
  const returns: (readonly [condition: string, value: string])[] = []
  for (const [pc, instruction] of program.entries()) {
    const incoming = edges[pc]!
    if (incoming.length === 0) continue
    const runs = define(
      `${prefix}_runs${pc}`,
      'Bool',
      incoming.length === 1
        ? incoming[0]!.condition
        : `(or ${incoming.map((each) => each.condition).join(' ')})`,
    )
    const registers: Record<string, string> = {}
    for (const name of needed[pc]!) {
      const brought = incoming.map((each) => [each.condition, each.registers[name] ?? bv32(0)] as const)
      const same = new Set(brought.map(([, term]) => term)).size === 1
      registers[name] = same
        ? brought[0]![1]
        : define(`${prefix}_${name}_${pc}`, '(_ BitVec 32)', choose(brought.slice(1), brought[0]![1]))
    }
    const { code, jt, jf, k } = instruction
    const go = (distance: number, condition: string, after: Registers = registers): void => {
      edges[pc + 1 + distance]!.push({ condition, registers: after })
    }
    if (code === op.RET_K) returns.push([runs, bv32(k)])
    else if (code === op.RET_A) returns.push([runs, registers['a']!])
    else if (code === op.JA) go(k, runs)
    else if (isConditionalJump(code)) {
      const test = comparison(instruction, registers)
      const taken = define(`${prefix}_yes${pc}`, 'Bool', `(and ${runs} ${test})`)
      go(jt, taken)
      go(jf, define(`${prefix}_no${pc}`, 'Bool', `(and ${runs} (not ${test}))`))
    } else {
      // Division by an X of zero ends the program with 0.
      const divides = code === op.DIV_X ? `(= ${registers['x']} ${bv32(0)})` : undefined
      if (divides) returns.push([`(and ${runs} ${divides})`, bv32(0)])
      go(0, divides ? `(and ${runs} (not ${divides}))` : runs, step(instruction, registers))
    }
  }
  define(prefix, '(_ BitVec 32)', choose(returns.slice(1), returns[0]![1]))
  return lines.join('\n')
}

const step = ({ code, k }: Instruction, registers: Registers): Registers => {
  const { a = bv32(0), x = bv32(0) } = registers
  switch (code) {
    case op.LD_ABS:
      return { ...registers, a: memoryWord(k) }
    case op.LD_IMM:
      return { ...registers, a: bv32(k) }
    case op.LD_LEN:
      return { ...registers, a: bv32(64) }
    case op.LD_MEM:
      return { ...registers, a: registers[`m${k}`]! }
    case op.LDX_IMM:
      return { ...registers, x: bv32(k) }
    case op.LDX_LEN:
      return { ...registers, x: bv32(64) }
    case op.LDX_MEM:
      return { ...registers, x: registers[`m${k}`]! }
    case op.ST:
      return { ...registers, [`m${k}`]: a }
    case op.STX:
      return { ...registers, [`m${k}`]: x }
    case op.TAX:
      return { ...registers, x: a }
    case op.TXA:
      return { ...registers, a: x }
    default:
      return { ...registers, a: arithmetic(code, a, code & 8 ? x : bv32(k)) }
  }
}

const arithmetic = (code: number, a: string, b: string): string => {
  if (code === op.NEG) return `(bvneg ${a})`
  const name = {
    0: 'bvadd',
    1: 'bvsub',
    2: 'bvmul',
    3: 'bvudiv',
    4: 'bvor',
    5: 'bvand',
    6: 'bvshl',
    7: 'bvlshr',
  }[code >> 4]
  // Shifts count modulo 32 here, as on the machines that run the kernel; SMT-LIB's don't.
  if (name === 'bvshl' || name === 'bvlshr') return `(${name} ${a} (bvand ${b} ${bv32(31)}))`
  return `(${name ?? 'bvxor'} ${a} ${b})`
}

const comparison = ({ code, k }: Instruction, registers: Registers): string => {
  const a = registers['a']!
  const b = code & 8 ? registers['x']! : bv32(k)
  if (code === op.JEQ_K || code === op.JEQ_X) return `(= ${a} ${b})`
  if (code === op.JGT_K || code === op.JGT_X) return `(bvugt ${a} ${b})`
  if (code === op.JGE_K || code === op.JGE_X) return `(bvuge ${a} ${b})`
  return `(not (= (bvand ${a} ${b}) ${bv32(0)}))`
}

/** For each instruction, the registers whose value when it starts can still matter. */
const liveRegisters = (program: Program): ReadonlySet<string>[] => {
  const live: Set<string>[] = []
  for (let pc = program.length - 1; pc >= 0; pc--) {
    const { code, jt, jf, k } = program[pc]!
    const after = (distance: number): Iterable<string> => live[pc + 1 + distance] ?? []
    const next = new Set<string>()
    if (code === op.RET_A) next.add('a')
    else if (code === op.JA) for (const name of after(k)) next.add(name)
    else if (isConditionalJump(code)) for (const name of [...after(jt), ...after(jf)]) next.add(name)
    else if (code !== op.RET_K) {
      for (const name of after(0)) next.add(name)
      next.delete(writes(code, k))
    }
    for (const name of reads(code, k)) next.add(name)
    live[pc] = next
  }
  return live
}

const writes = (code: number, k: number): string => {
  if (code === op.ST || code === op.STX) return `m${k}`
  return code === op.TAX || (code & 7) === 1 ? 'x' : 'a'
}

const reads = (code: number, k: number): string[] => {
  if (code === op.LD_MEM || code === op.LDX_MEM) return [`m${k}`]
  if (code === op.ST || code === op.TAX) return ['a']
  if (code === op.STX || code === op.TXA) return ['x']
  const computes = (code & 7) === 4 || isConditionalJump(code)
  return computes ? (code & 8 ? ['a', 'x'] : ['a']) : []
}
