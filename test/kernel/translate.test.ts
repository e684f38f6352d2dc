import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encode } from '../../lib/bpf/encode.ts'
import { type Instruction, op, type Program } from '../../lib/bpf/instruction.ts'
import { translatedLength } from '../../lib/bpf/translate.ts'
import { ALLOW } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { native } from './programs.ts'
import { ask, canFilter, hex } from './victims.ts'

/** The kernel's count can't be read, but it can be felt: how many filters fit in 32768 instructions, 4 more for each. */
const fitting = (program: Program): number => Math.floor((32_768 + 4) / (translatedLength(program) + 4))

/** Why the count doesn't hold here, or undefined. */
const disturbed = (): string | undefined => {
  if (processStatus().threads[0]!.filters !== 0) return 'there is a filter in force already, which counts too'
  try {
    const harden = readFileSync('/proc/sys/net/core/bpf_jit_harden', 'utf8').trim()
    return harden === '0' ? undefined : `net.core.bpf_jit_harden is ${harden}, which lengthens programs`
  } catch {
    return "net.core.bpf_jit_harden can't be read: only root may, in the first network namespace"
  }
}
const reason = canFilter ? disturbed() : undefined
if (reason) console.log(`skipped: how the kernel counts instructions, because ${reason}`)

const allow: Instruction = { code: op.RET_K, jt: 0, jf: 0, k: ALLOW }
const jump = (code: number, k: number, jt: number, jf: number): Instruction => ({ code, jt, jf, k })
/** 90 times the same. It never runs: the kernel counts what can't be reached as well. */
const repeated = (each: Instruction): Program => [allow, ...Array<Instruction>(90).fill(each), allow, allow]

const programs: Record<string, Program> = {
  'a compiled profile': compile('docker-default', { arch: native, kernel: '6.18', capabilities: 'none' })
    .instructions,
  loads: repeated({ code: op.LD_ABS, jt: 0, jf: 0, k: 0 }),
  returns: repeated(allow),
  'returns of A': repeated({ code: op.RET_A, jt: 0, jf: 0, k: 0 }),
  'jumps when equal': repeated(jump(op.JEQ_K, 7, 1, 0)),
  'jumps when not equal': repeated(jump(op.JEQ_K, 7, 0, 1)),
  'jumps when below': repeated(jump(op.JGE_K, 7, 0, 1)),
  'jumps when not above': repeated(jump(op.JGT_K, 7, 0, 1)),
  'jumps both ways': repeated(jump(op.JEQ_K, 7, 1, 1)),
  'jumps on a clear bit, which have no opposite': repeated(jump(op.JSET_K, 7, 0, 1)),
  'jumps at constants of 2^31 and above': repeated(jump(op.JEQ_K, 0x80000000, 1, 0)),
  'jumps both ways at such constants': repeated(jump(op.JEQ_K, 0xffffffff, 1, 1)),
  'comparisons with X': repeated(jump(op.JGT_X, 0x80000000, 1, 0)),
  'jumps without condition': repeated({ code: op.JA, jt: 0, jf: 0, k: 0 }),
  'divisions by X': repeated({ code: op.DIV_X, jt: 0, jf: 0, k: 0 }),
  'divisions by a constant': repeated({ code: op.DIV_K, jt: 0, jf: 0, k: 3 }),
  'other arithmetic': repeated({ code: op.AND_K, jt: 0, jf: 0, k: 0xffffffff }),
  registers: repeated({ code: op.TAX, jt: 0, jf: 0, k: 0 }),
  memory: repeated({ code: op.ST, jt: 0, jf: 0, k: 3 }),
}

describe.runIf(canFilter && reason === undefined)('the kernel counts as translatedLength does', () => {
  test.each(Object.entries(programs))('%s', (_, program) => {
    expect(ask('fill', [hex(encode(program, 'little'))])).toEqual({
      installed: fitting(program),
      errno: 'ENOMEM',
      message: expect.stringContaining('more than 32768 instructions as the kernel translates them'),
    })
  })
})
