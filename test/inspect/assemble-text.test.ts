import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import { type Instruction, isConditionalJump, op, type Program } from '../../lib/bpf/instruction.ts'
import { compile } from '../../lib/filter/compile.ts'
import { type AssembleOptions, assembleText } from '../../lib/inspect/assemble-text.ts'
import { AssemblyError } from '../../lib/inspect/assembly-error.ts'
import { type DisassembleOptions, disassemble } from '../../lib/inspect/disassemble.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import { presetNames } from '../../lib/profile/presets/names.ts'
import { architectures } from '../../lib/syscalls/architectures.ts'

const u32 = fc.oneof(
  fc.constantFrom(0, 1, 40, 59, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0xc000003e, 0xc00000b7),
  fc.constantFrom(
    0x7fff0000,
    0x00050001,
    0x00050000,
    0x0005ffff,
    0x80000000,
    0x00030007,
    0x7ff00005,
    0x12340000,
  ),
  fc.nat(0xffffffff),
)

/** Any instruction; what must fit its place is made to fit by {@link placed}. */
const loose = fc.record({
  code: fc.constantFrom(...Object.values(op)),
  jt: fc.nat(255),
  jf: fc.nat(255),
  k: u32,
})

/** The instruction as the kernel takes it at a place, unused fields as they are; slots 0 to 3 are written before. */
const placed = ({ code, jt, jf, k }: Instruction, left: number): Instruction => {
  const fits: Record<number, number> = {
    [op.LD_ABS]: (k % 16) * 4,
    [op.JA]: k % left,
    [op.DIV_K]: k || 1,
    [op.LSH_K]: k % 32,
    [op.RSH_K]: k % 32,
  }
  const isSlot = ([op.LD_MEM, op.LDX_MEM, op.ST, op.STX] as number[]).includes(code)
  return {
    code,
    jt: isConditionalJump(code) ? jt % left : jt,
    jf: isConditionalJump(code) ? jf % left : jf,
    k: isSlot ? k % 4 : (fits[code] ?? k),
  }
}

const programs: fc.Arbitrary<Program> = fc
  .tuple(fc.array(loose, { maxLength: 40 }), fc.constantFrom(op.RET_K, op.RET_A), u32)
  .map(([body, code, k]) => [
    ...[0, 1, 2, 3].map((slot) => ({ code: op.ST, jt: 0, jf: 0, k: slot })),
    ...body.map((each, index) => placed(each, body.length - index)),
    { code, jt: 0, jf: 0, k },
  ])

const identity = (program: Program, options: DisassembleOptions & AssembleOptions): void => {
  const text = disassemble(program, options)
  expect(assembleText(text, options)).toEqual(program)
}

describe('what disassemble writes, assembleText reads back', () => {
  test('for every program that the kernel takes', () => {
    fc.assert(
      fc.property(
        programs,
        fc.constantFrom(undefined, ...architectures.map(({ name }) => name)),
        (program, arch) => {
          expect(checkProgram(program)).toBeUndefined()
          identity(program, arch ? { arch } : {})
        },
      ),
      { numRuns: 400 },
    )
  })

  test('for the longest one', () => {
    const program = [
      ...Array.from({ length: 4095 }, (_, i) => ({
        code: i % 2 ? op.JEQ_K : op.LD_ABS,
        jt: 0,
        jf: 0,
        k: i % 2 ? i : 0,
      })),
      { code: op.RET_K, jt: 0, jf: 0, k: 0x7fff0000 },
    ]
    identity(program, {})
  })

  test.each(['x86_64', 'aarch64', 's390x', 'mips', 'ppc64le'] as const)('for every preset on %s', (arch) => {
    for (const name of presetNames) {
      const { instructions } = compile(findPreset(name)!, { arch, kernel: '6.18', capabilities: 'docker' })
      identity(instructions, { arch })
    }
  })
})

describe('text written by hand', () => {
  const program = assembleText(
    `
    # Programs without mkdir
            ld arch
            jeq aarch64, calls          ; what isn't aarch64 is killed
            ret KILL_PROCESS
    calls:  ld nr
            jeq mkdirat, denied, allowed
    denied: ret ERRNO(EACCES)
    allowed:
            RET ALLOW
  `,
    { arch: 'aarch64' },
  )

  test('has labels, names and comments', () => {
    expect(program).toEqual([
      { code: op.LD_ABS, jt: 0, jf: 0, k: 4 },
      { code: op.JEQ_K, jt: 1, jf: 0, k: 0xc00000b7 },
      { code: op.RET_K, jt: 0, jf: 0, k: 0x80000000 },
      { code: op.LD_ABS, jt: 0, jf: 0, k: 0 },
      { code: op.JEQ_K, jt: 0, jf: 1, k: 34 },
      { code: op.RET_K, jt: 0, jf: 0, k: 0x0005000d },
      { code: op.RET_K, jt: 0, jf: 0, k: 0x7fff0000 },
    ])
  })

  test('counts instructions where it numbers none, and goes by the numbers where it does', () => {
    const jump = { code: op.JA, jt: 0, jf: 0, k: 1 }
    const ret = { code: op.RET_K, jt: 0, jf: 0, k: 0 }
    expect(assembleText('ja 2\nret 0\nret 0')).toEqual([jump, ret, ret])
    expect(assembleText('10: ja 30\n20: ret 0\n30: ret 0')).toEqual([jump, ret, ret])
  })

  test('reads words in the byte order of the machine', () => {
    expect(assembleText('ld args[1].low\nret a', { arch: 's390x' })[0]!.k).toBe(28)
    expect(assembleText('ld args[1].low\nret a')[0]!.k).toBe(24)
    expect(assembleText('ld instruction_pointer.high\nret a', { order: 'big' })[0]!.k).toBe(8)
  })
})

describe('faults', () => {
  const issuesOf = (text: string): string[] => {
    try {
      assembleText(text, { source: 'f.asm' })
    } catch (error) {
      expect(error).toBeInstanceOf(AssemblyError)
      expect((error as AssemblyError).code).toBe('ERR_FILTER_INVALID')
      return (error as AssemblyError).message.split('\n')
    }
    return []
  }

  test.each([
    ['', 'f.asm:1:1: a filter has 1 to 4096 instructions, this text 0'],
    ['  jmp 1\nret 0', 'f.asm:1:3: no instruction is called "jmp"'],
    ['lt nr\nret 0', 'f.asm:1:1: no instruction is called "lt"; did you mean'],
    ['ld\nret 0', 'f.asm:1:1: ld takes 1 operand, not 0'],
    ['jeq 1\nret 0', 'f.asm:1:1: jeq takes 2 or 3 operands, not 1'],
    [
      'jeq #5, 1\nret 0',
      'f.asm:1:1: jeq takes 2 or 3 operands, not 0; # begins a comment: write "5", not "#5"',
    ],
    ['tax x\nret 0', 'f.asm:1:5: tax takes 0 operands, not 1'],
    ['ld args[6].low\nret 0', 'f.asm:1:4: "args[6].low" is no number'],
    [
      'jeq 0x1ffffffff, 1, 1\nret 0',
      'f.asm:1:5: "0x1ffffffff" is no operand: write a number up to 0xffffffff',
    ],
    ['jeq 1, , 1\nret 0', 'f.asm:1:8: an operand is missing'],
    ['ret DENY', 'f.asm:1:5: "DENY" is no verdict: write ALLOW'],
    ['ret ERRNO(ENOPE)', 'f.asm:1:5: "ERRNO(ENOPE)" is no verdict'],
    ['ja done\nend: ret 0', 'f.asm:1:4: no label is called "done"'],
    ['a: ret 0\na: ret 0', 'f.asm:2:1: the label a stands twice'],
    ['a: ld nr\nja a\nret 0', 'f.asm:2:4: a jump goes forward only'],
    [
      `jeq 1, far\n${'ld nr\n'.repeat(256)}far: ret 0`,
      'f.asm:1:8: a conditional jump skips 255 instructions at most',
    ],
    ['tax {jt=256}\nret 0', 'f.asm:1:5: fields are written'],
    ['ld nr', 'f.asm:1:1: the last instruction is not a return'],
    ['ret 0\nld mem[3]\nret 0', 'f.asm:2:1: memory slot 3 is read before it is written'],
    ['div 0\nret 0', 'f.asm:1:1: division by zero'],
  ])('%j', (text, message) => {
    expect(issuesOf(text)[0]).toContain(message)
  })

  test('come all at once', () => {
    expect(issuesOf('foo\nbar\nret 0')).toHaveLength(2)
  })

  test('are never an exception of another kind', () => {
    const pieces = fc.constantFrom(
      'ld ',
      'jeq ',
      'ret ',
      '1',
      'x',
      ',',
      ':',
      '{',
      '}',
      'k=',
      ';',
      '\n',
      'mem[1]',
      'nr',
      ' ',
      'ALLOW',
      '(',
      ')',
      'a',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => void issuesOf(parts.join(''))),
      { numRuns: 300 },
    )
  })
})
