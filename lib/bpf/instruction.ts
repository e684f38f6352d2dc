/**
 * Classic BPF as the kernel's seccomp accepts it.
 * Sources: include/uapi/linux/filter.h, include/uapi/linux/bpf_common.h, kernel/seccomp.c (seccomp_check_filter).
 */

/** One `struct sock_filter`: 16-bit `code`, 8-bit forward offsets `jt`/`jf`, 32-bit `k`. */
export interface Instruction {
  readonly code: number
  readonly jt: number
  readonly jf: number
  readonly k: number
}

/** A filter program; the first instruction runs first. */
export type Program = readonly Instruction[]

/** The largest program the kernel takes (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096

/** Opcodes: class | size or operation | mode or operand source, spelled as in the kernel's tables. */
export const op = {
  LD_ABS: 0x20, // A = data word at k
  LD_LEN: 0x80, // A = sizeof(struct seccomp_data)
  LD_IMM: 0x00,
  LD_MEM: 0x60,
  LDX_IMM: 0x01,
  LDX_MEM: 0x61,
  LDX_LEN: 0x81,
  ST: 0x02,
  STX: 0x03,
  ADD_K: 0x04,
  ADD_X: 0x0c,
  SUB_K: 0x14,
  SUB_X: 0x1c,
  MUL_K: 0x24,
  MUL_X: 0x2c,
  DIV_K: 0x34,
  DIV_X: 0x3c,
  OR_K: 0x44,
  OR_X: 0x4c,
  AND_K: 0x54,
  AND_X: 0x5c,
  LSH_K: 0x64,
  LSH_X: 0x6c,
  RSH_K: 0x74,
  RSH_X: 0x7c,
  NEG: 0x84,
  XOR_K: 0xa4,
  XOR_X: 0xac,
  JA: 0x05,
  JEQ_K: 0x15,
  JEQ_X: 0x1d,
  JGT_K: 0x25,
  JGT_X: 0x2d,
  JGE_K: 0x35,
  JGE_X: 0x3d,
  JSET_K: 0x45,
  JSET_X: 0x4d,
  RET_K: 0x06,
  RET_A: 0x16,
  TAX: 0x07,
  TXA: 0x87,
} as const

const names = new Map<number, keyof typeof op>(
  (Object.keys(op) as (keyof typeof op)[]).map((name) => [op[name], name]),
)

/** The name of an opcode (`JEQ_K`), or undefined for one that seccomp doesn't accept. */
export const opcodeName = (code: number): keyof typeof op | undefined => names.get(code)

/** Whether an opcode is a conditional jump: two exits, `jt` and `jf`. */
export const isConditionalJump = (code: number): boolean => (code & 7) === 5 && code !== op.JA

/** Whether an opcode ends the program. */
export const isReturn = (code: number): boolean => code === op.RET_K || code === op.RET_A

const withoutOperand: readonly number[] = [op.LD_LEN, op.LDX_LEN, op.RET_A, op.TAX, op.TXA, op.NEG]

/** Fields that mean nothing for the opcode and aren't 0: the kernel accepts any value there, and keeps it. */
export const unusedFields = ({
  code,
  jt,
  jf,
  k,
}: Instruction): [name: 'jt' | 'jf' | 'k', value: number][] => {
  const operates = (code & 7) === 4 || (code & 7) === 5
  const unusedK = withoutOperand.includes(code) || (operates && code !== op.JA && (code & 8) !== 0)
  const jumps: ['jt' | 'jf' | 'k', number][] = isConditionalJump(code)
    ? []
    : [
        ['jt', jt],
        ['jf', jf],
      ]
  return [...jumps, ...(unusedK ? [['k', k] as ['k', number]] : [])].filter(([, value]) => value !== 0)
}
