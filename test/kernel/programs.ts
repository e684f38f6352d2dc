import { verdict } from '../../lib/bpf/verdict.ts'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'

/** Filters written by hand, so that the edge is tested without the compiler. They look at the number only. */

/** One `struct sock_filter`. */
export type Row = readonly [code: number, jt: number, jf: number, k: number]

const LOAD_NUMBER: Row = [0x20, 0, 0, 0] // BPF_LD|BPF_W|BPF_ABS, seccomp_data.nr
const jumpIfEqual = (k: number, jt: number, jf: number): Row => [0x15, jt, jf, k] // BPF_JMP|BPF_JEQ|BPF_K
const answer = (k: number): Row => [0x06, 0, 0, k] // BPF_RET|BPF_K

/** The architecture of this machine. */
export const native: ArchitectureName = process.arch === 'arm64' ? 'aarch64' : 'x86_64'

/** The bytes the kernel reads. */
export const assemble = (rows: readonly Row[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(rows.length * 8))
  rows.forEach(([code, jt, jf, k], row) => {
    view.setUint16(row * 8, code, true)
    view.setUint8(row * 8 + 2, jt)
    view.setUint8(row * 8 + 3, jf)
    view.setUint32(row * 8 + 4, k, true)
  })
  return new Uint8Array(view.buffer)
}

/** Gives each named call its verdict and every other call `otherwise`. A name this architecture lacks is left out. */
export const answering = (
  verdicts: Readonly<Record<string, number>>,
  otherwise: number = verdict('ALLOW'),
): Uint8Array =>
  assemble([
    LOAD_NUMBER,
    ...Object.entries(verdicts).flatMap(([name, value]): Row[] => {
      const number = numberOf(native, name)
      return number === undefined ? [] : [jumpIfEqual(number, 0, 1), answer(value)]
    }),
    answer(otherwise),
  ])

/** A filter that allows everything, in exactly `length` instructions. */
export const allowing = (length: number): Uint8Array =>
  assemble([...Array<Row>(length - 1).fill(LOAD_NUMBER), answer(verdict('ALLOW'))])

export const EPERM: number = verdict('ERRNO', 1)

/** mkdir(2), by the name that each architecture has for it. */
export const withoutMkdir: Uint8Array = answering({ mkdir: EPERM, mkdirat: EPERM })
