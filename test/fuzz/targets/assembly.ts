import { checkProgram } from '../../../lib/bpf/check.ts'
import { assembleText } from '../../../lib/inspect/assemble-text.ts'
import { disassemble } from '../../../lib/inspect/disassemble.ts'
import { type Target, textOf } from '../target.ts'
import { typed } from '../trial.ts'

const allOperations = `ld len
st mem[3]
ldx mem[3]
tax
add x
and 0x7fffffff
jset 0x40000000, 7
rsh 3
neg
ja 9
ret a
`
const labels = `  ld arch ; a comment
  jeq x86_64, native, other
native:
  ld nr
  jge mkdir, 5
  ld args[0].high
other: ret ERRNO(EPERM)
  ret ALLOW
`

/** The assembler: what it accepts, the kernel would take, and written out it is the same program again. */
export const assembly: Target = {
  name: 'assembly',
  code: [
    'inspect/assemble-text',
    'inspect/parse-instruction',
    'inspect/operand',
    'inspect/labels',
    'inspect/comment',
  ],
  seeds: [
    'ret ALLOW',
    allOperations,
    labels,
    '0: ld nr\n1: jgt 5, 2, 3\n2: ret KILL_THREAD\n3: ret TRAP(1)\n',
  ],
  words: [
    ...[
      'ld ',
      'ldx ',
      'st ',
      'stx ',
      'ja ',
      'jeq ',
      'jset ',
      'ret ',
      'div ',
      'mod ',
      'lsh ',
      'neg',
      'txa',
      'x',
    ],
    ...[
      '\n',
      ', ',
      ': ',
      '; ',
      '# ',
      'mem[15]',
      'mem[16]',
      'args[5].high',
      'args[6].low',
      'ip.low',
      'nr',
      'arch',
    ],
    ...[
      '0xffffffff',
      '0x100000000',
      '-1',
      'ERRNO(38)',
      'TRACE(65536)',
      'NOTIFY',
      '0x7fff0000',
      '__proto__',
      'x32 read',
    ],
  ],
  longest: 600,

  run(input) {
    const program = typed(() => assembleText(textOf(input)))
    if (!program) return
    const refusal = checkProgram(program)
    if (refusal) throw new Error(`the kernel refuses instruction ${refusal.index}: ${refusal.reason}`)
    const written = disassemble(program)
    if (JSON.stringify(assembleText(written)) !== JSON.stringify(program))
      throw new Error(`written out, it is another program:\n${written}`)
  },
}
