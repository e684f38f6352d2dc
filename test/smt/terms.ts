/** Pieces of SMT-LIB text: bit-vector constants, choices, and the sixteen words of `struct seccomp_data` as they lie. */

const hex = (value: number | bigint, digits: number): string =>
  `#x${value.toString(16).padStart(digits, '0')}`

export const bv32 = (value: number): string => hex(value >>> 0, 8)
export const bv64 = (value: bigint): string => hex(value, 16)

/** The word that a load at this offset reads, in either byte order. */
export const memoryWord = (offset: number): string => `data${offset}`

/** The first value whose condition holds, else the last resort. */
export const choose = (
  cases: readonly (readonly [condition: string, value: string])[],
  otherwise: string,
): string =>
  `${cases.map(([condition, value]) => `(ite ${condition} ${value}`).join(' ')} ${otherwise}${')'.repeat(cases.length)}`

/** Every call: nothing is known of its words. */
export const declarations: string = Array.from(
  { length: 16 },
  (_, i) => `(declare-const ${memoryWord(4 * i)} (_ BitVec 32))`,
).join('\n')

/**
 * What the kernel makes of a return value (kernel/seccomp.c, __seccomp_filter; include/uapi/linux/seccomp.h): errno is
 * capped at 4095, data counts for ERRNO, TRAP and TRACE, an action that it doesn't know kills the process.
 */
export const effectDefinition: string = `
(define-fun effect ((v (_ BitVec 32))) (_ BitVec 32)
  (let ((action (bvand v #xffff0000)) (data (bvand v #x0000ffff)))
    (ite (= action #x00050000) (bvor action (ite (bvugt data #x00000fff) #x00000fff data))
    (ite (or (= action #x00030000) (= action #x7ff00000)) v
    (ite (or (= action #x00000000) (= action #x7fc00000) (= action #x7ffc0000) (= action #x7fff0000)) action
    #x80000000)))))`
