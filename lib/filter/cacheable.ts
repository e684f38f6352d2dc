import { ARCHITECTURE, NUMBER, offsetOf } from '../bpf/data.ts'
import { op, type Program } from '../bpf/instruction.ts'
import { compare } from '../bpf/interpreter.ts'
import { ALLOW } from '../bpf/verdict.ts'
import { kernelAtLeast, type Target } from '../policy/target.ts'

/**
 * The calls that the kernel answers without running the filter: when a filter is attached, the kernel (5.11 and newer)
 * emulates it for every number of its tables and remembers those that end in ALLOW without a look at arguments or
 * instruction pointer (kernel/seccomp.c, seccomp_is_const_allow). It does so for the native and the compatibility
 * architecture, never for x32, and only for calls that earlier filters allow as well.
 *
 * @param audit the architecture word (`AUDIT_ARCH_*`)
 * @param newest the largest number asked about; the kernel's own table ends at its NR_syscalls
 * @returns numbers, ascending
 * @example cacheableCalls(filter.instructions, architecture('x86_64').audit, 511).length // 306 for the Docker default
 */
export const cacheableCalls = (program: Program, audit: number, newest: number): number[] => {
  const calls: number[] = []
  for (let nr = 0; nr <= newest; nr++) if (alwaysAllows(program, audit, nr)) calls.push(nr)
  return calls
}

/**
 * Whether a target's kernel remembers calls so: from 5.11 on, for the native architecture unless its numbers don't
 * start from 0 (SECCOMP_ARCH_NATIVE of arch/…/include/asm/seccomp.h).
 */
export const hasActionCache = ({ arch, kernel }: Pick<Target, 'arch' | 'kernel'>): boolean =>
  kernelAtLeast(kernel, { major: 5, minor: 11 }) &&
  arch !== 'x32' &&
  arch !== 'm68k' &&
  !arch.startsWith('mips')

/** The kernel's emulator, instruction for instruction: what it doesn't know, it doesn't cache. */
const alwaysAllows = (program: Program, audit: number, nr: number): boolean => {
  let a = 0
  for (let pc = 0; pc < program.length; pc++) {
    const { code, jt, jf, k } = program[pc]!
    if (code === op.LD_ABS && k === NUMBER_OFFSET) a = nr
    else if (code === op.LD_ABS && k === ARCHITECTURE_OFFSET) a = audit
    else if (code === op.AND_K) a = (a & k) >>> 0
    else if (code === op.JA) pc += k
    else if (code === op.RET_K) return k === ALLOW
    else if (comparisons.has(code)) pc += compare(code, a, k) ? jt : jf
    else return false
  }
  return false
}

/** At the same offsets in both byte orders. */
const NUMBER_OFFSET = offsetOf(NUMBER, 'little')
const ARCHITECTURE_OFFSET = offsetOf(ARCHITECTURE, 'little')

/** Comparisons with a constant; those with X are unknown to the emulator. */
const comparisons = new Set<number>([op.JEQ_K, op.JGE_K, op.JGT_K, op.JSET_K])
