import { errnoNames, errnoNumber } from '../../syscalls/errno.ts'
import { found } from '../found.ts'
import { didYouMean } from '../suggest.ts'
import type { ActionName } from '../types.ts'
import type { Cursor, Reader } from './cursor.ts'
import { unsigned } from './values.ts'

/** The kernel cuts larger errnos down to this (include/linux/err.h MAX_ERRNO, kernel/seccomp.c). */
const MAX_ERRNO = 4095n
/** The data of an action has 16 bits (SECCOMP_RET_DATA). */
const MAX_DATA = 0xffffn

/** `errnoRet`; how large it may be depends on the action. */
export const readErrnoNumber: Reader<bigint> = (at) =>
  typeof at.value === 'string' && errnoNumber(at.value) !== undefined
    ? at.report(`an errno by name, ${found(at.value)}, goes into "errno" (of the profile: "defaultErrno")`)
    : anyErrno(at)
const anyErrno = unsigned('an errno')

/** `errno`: a name, or a number as text, as Podman reads it (containers/common getErrno); "" is none. */
export const readErrnoName: Reader<bigint> = (at) => {
  const { value } = at
  if (typeof value !== 'string')
    return at.report(
      `must be the name of an errno such as "EPERM", found ${found(value)}; a number goes into "errnoRet"`,
    )
  if (value === '') return undefined
  if (/^\d{1,5}$/.test(value)) return BigInt(value)
  const number = errnoNumber(value)
  return number === undefined
    ? at.report(`${found(value)} isn't the name of an errno${didYouMean(value, errnoNames())}`)
    : BigInt(number)
}

/**
 * What an action returns, of the number (Docker, OCI) and the name (Podman), which must agree.
 * For an action that returns nothing runc ignores the number and crun refuses it; it is kept without complaint, since
 * files that have always worked carry it, and it changes nothing.
 */
export const errnoReturn = (
  action: ActionName | undefined,
  numberAt: Cursor | undefined,
  nameAt: Cursor | undefined,
  { errnoRet, errno }: { readonly errnoRet?: bigint | undefined; readonly errno?: bigint | undefined },
): number | undefined => {
  if (errnoRet !== undefined) checkSize(action, errnoRet, numberAt)
  if (errno !== undefined) checkSize(action, errno, nameAt)
  if (errnoRet !== undefined && errno !== undefined && errnoRet !== errno)
    nameAt?.report(
      `${found(nameAt.value)} is ${errno}, but the number given beside it is ${errnoRet}; keep one of them`,
    )
  const value = errno ?? errnoRet
  return value === undefined ? undefined : Number(value)
}

const checkSize = (action: ActionName | undefined, value: bigint, at: Cursor | undefined): void => {
  // An action that couldn't be read may be TRACE, whose data the tracer gets whole.
  const max = action === undefined || action === 'SCMP_ACT_TRACE' ? MAX_DATA : MAX_ERRNO
  if (value > max)
    at?.report(
      `an errno is at most ${max}${max === MAX_DATA ? ' (for SCMP_ACT_TRACE)' : ''}, found ${found(value)}`,
    )
}
