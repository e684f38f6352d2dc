import { describe, expect, test } from 'vitest'
import { type Instruction, op, opcodeName, type Program, unusedFields } from '../../lib/bpf/instruction.ts'
import { compile } from '../../lib/filter/compile.ts'
import { disassemble, disassembleLines } from '../../lib/inspect/disassemble.ts'

const at = (code: number, k = 0, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k })
const X86_64 = 0xc000003e
const ALLOW = 0x7fff0000

describe('disassemble', () => {
  test('names words, architectures, calls, arguments and verdicts, and labels where jumps lead', () => {
    const { instructions } = compile(
      {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: [
          { names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 40, op: 'SCMP_CMP_EQ' }] },
        ],
      },
      { arch: 'x86_64', kernel: '6.18', capabilities: 'none' },
    )
    expect(disassemble(instructions)).toMatchInlineSnapshot(`
      " 0: ld arch
       1: jeq 0xc000003e, x86_64, kill_process ; arch == x86_64 or x32
      x86_64:
       2: ld nr
       3: jge 41, 4, allow               ; nr >= 41 (socket)
       4: jge 42, 5, socket              ; nr >= 42 (connect)
       5: jge 0x40000000, 6, allow       ; nr >= 0x40000000 (x32 read)
       6: jeq 0xffffffff, allow, kill_process ; nr == 0xffffffff
      socket:
       7: ld args[0].low                 ; family of socket
       8: jeq 40, errno_eperm, allow     ; family == AF_VSOCK (40)
      errno_eperm:
       9: ret ERRNO(EPERM)
      allow:
      10: ret ALLOW
      kill_process:
      11: ret KILL_PROCESS
      "
    `)
  })

  test('has words for every opcode that seccomp takes', () => {
    const others = Object.values(op).filter((code) => ![op.RET_K, op.RET_A, op.JA].includes(code as never))
    // The slot is written first, so that the kernel would take the program.
    const program: Program = [
      at(op.ST, 1),
      ...others.map((code) => at(code, code === op.LD_ABS ? 16 : unusedFields(at(code, 1)).length ? 0 : 1)),
      at(op.JA, 0),
      at(op.RET_A),
      at(op.RET_K, ALLOW),
    ]
    const lines = disassembleLines(program)
    expect(lines.map(({ text }) => text).join('\n')).toMatchInlineSnapshot(`
      "st mem[1]
      ld args[0].low
      ld len
      ld 1
      ld mem[1]
      ldx 1
      ldx mem[1]
      ldx len
      st mem[1]
      stx mem[1]
      add 1
      add x
      sub 1
      sub x
      mul 1
      mul x
      div 1
      div x
      or 0x1
      or x
      and 0x1
      and x
      lsh 1
      lsh x
      rsh 1
      rsh x
      neg
      xor 0x1
      xor x
      jeq 1, 30, 30
      jeq x, 31, 31
      jgt 1, 32, 32
      jgt x, 33, 33
      jge 1, 34, 34
      jge x, 35, 35
      jset 0x1, 36, 36
      jset x, 37, 37
      tax
      txa
      ja 40
      ret a
      ret ALLOW"
    `)
    expect(new Set(lines.slice(1).map(({ text }) => text)).size).toBe(Object.keys(op).length)
    expect(lines.at(-1)?.comment).toBe('never reached')
  })

  test('reads offsets in the byte order of the machine', () => {
    const program = [at(op.LD_ABS, 16), at(op.RET_K, ALLOW)]
    expect(disassembleLines(program, { order: 'little' })[0]?.text).toBe('ld args[0].low')
    expect(disassembleLines(program, { order: 'big' })[0]?.text).toBe('ld args[0].high')
    expect(disassembleLines(program, { arch: 's390x' })[0]?.text).toBe('ld args[0].high')
  })

  test('names calls by the architecture that the path is on', () => {
    const program = [
      at(op.LD_ABS, 4),
      at(op.JEQ_K, X86_64, 0, 2),
      at(op.LD_ABS, 0),
      at(op.JEQ_K, 1, 3, 2), // x86_64: write
      at(op.LD_ABS, 0),
      at(op.JEQ_K, 1, 1, 0), // any other architecture
      at(op.RET_K, ALLOW),
      at(op.RET_K, 0x80000000),
    ]
    const comments = disassembleLines(program).map(({ comment }) => comment)
    expect(comments[3]).toBe('nr == write')
    expect(comments[5]).toBe('nr == 1')
  })

  test('tells the numbers of x32 from those of x86_64', () => {
    const program = [
      at(op.LD_ABS, 0),
      at(op.JEQ_K, 0x40000000 + 520, 1, 0),
      at(op.JEQ_K, 59, 0, 1),
      at(op.RET_K, ALLOW),
      at(op.RET_K, 0),
    ]
    const comments = disassembleLines(program, { arch: 'x86_64' }).map(({ comment }) => comment)
    expect(comments.slice(1, 3)).toEqual(['nr == x32 execve', 'nr == execve'])
  })

  test('claims no name for an accumulator that two paths leave different', () => {
    const program = [
      at(op.LD_ABS, 0),
      at(op.JEQ_K, 1, 0, 1),
      at(op.LD_ABS, 16),
      at(op.JEQ_K, 7, 0, 1), // nr on one path, args[0].low on the other
      at(op.RET_K, ALLOW),
      at(op.RET_K, 0),
    ]
    expect(disassembleLines(program)[3]?.comment).toBe('a == 7')
  })

  test('spells error numbers as the architecture does', () => {
    const program = [at(op.RET_K, 0x00050000 + 89)]
    expect(disassembleLines(program, { arch: 'mips' })[0]?.text).toBe('ret ERRNO(ENOSYS)')
    expect(disassembleLines(program, { arch: 'x86_64' })[0]?.text).toBe('ret ERRNO(EDESTADDRREQ)')
  })

  test('puts the two halves of an argument together where both are compared, with the names of its values', () => {
    const rule = (name: string, args: object[]) => ({ names: [name], action: 'SCMP_ACT_ERRNO', args })
    const comments = (syscall: object) =>
      disassembleLines(
        compile(
          { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64'], syscalls: [syscall] },
          { arch: 'x86_64', kernel: '6.18', capabilities: 'none' },
        ).instructions,
      ).map(({ comment }) => comment)
    const equal = rule('lseek', [{ index: 1, value: 0x100000028, op: 'SCMP_CMP_EQ' }])
    expect(comments(equal)).toContain('offset == 0x100000028')
    const flags = rule('clone', [
      { index: 0, value: 0x7e020000, valueTwo: 0x10000000, op: 'SCMP_CMP_MASKED_EQ' },
    ])
    expect(comments(flags).join('\n')).toMatch(/clone_flags\.low & .*CLONE_NEWUSER.* == /)
    expect(comments(rule('socket', [{ index: 0, value: 40, op: 'SCMP_CMP_EQ' }]))).toContain(
      'family == AF_VSOCK (40)',
    )
  })

  test('claims no 64-bit comparison where one path knows the other half and another does not', () => {
    const program = [
      at(op.LD_ABS, 16),
      at(op.JEQ_K, 7, 0, 0),
      at(op.LD_ABS, 20),
      at(op.JEQ_K, 1, 0, 1),
      at(op.RET_K, ALLOW),
      at(op.RET_K, 0),
    ]
    expect(disassembleLines(program)[3]?.comment).toBe('args[0].high == 1')
    const known = program.with(1, at(op.JEQ_K, 7, 0, 3))
    expect(disassembleLines(known)[3]?.comment).toBe('args[0] == 0x100000007')
  })

  test('keeps what an opcode has no use for', () => {
    const program = [{ code: op.TAX, jt: 1, jf: 2, k: 3 }, at(op.RET_K, ALLOW)]
    expect(disassembleLines(program)[0]?.text).toBe('tax {jt=1, jf=2, k=3}')
  })

  test('shows an action that the kernel does not know as its number', () => {
    expect(disassembleLines([at(op.RET_K, 0x12340007)])).toEqual([
      { index: 0, text: 'ret 0x12340007', comment: "an action the kernel doesn't know: KILL_PROCESS" },
    ])
  })

  test('refuses what the kernel refuses', () => {
    expect(opcodeName(0x28)).toBeUndefined()
    expect(() => disassemble([at(0x28), at(op.RET_K)])).toThrow(
      expect.objectContaining({ code: 'ERR_FILTER_INVALID' }),
    )
  })
})
