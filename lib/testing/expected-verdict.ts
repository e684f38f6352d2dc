import { type Action, actionOf, actions, dataOf, type Verdict } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { errnoNames, errnoNumber } from '../syscalls/errno.ts'

/** What a call should get, as test authors write it: one verdict, or a family of them. */
export interface ExpectedVerdict {
  /** As it is written: `ERRNO(EPERM)`, `denied`. */
  readonly text: string
  /** Any of these. */
  readonly actions: readonly Action[]
  /** With this errno, by name or number, or this data of TRACE or TRAP; absent: with any. */
  readonly data?: string | number
}

/**
 * Families of verdicts. Denied: the call doesn't run, whoever watches. LOG lets it run; of TRACE and NOTIFY another
 * process decides, so they are neither denied nor allowed.
 */
const families: Record<string, readonly Action[]> = {
  denied: ['KILL_PROCESS', 'KILL_THREAD', 'TRAP', 'ERRNO'],
  allowed: ['ALLOW', 'LOG'],
  killed: ['KILL_PROCESS', 'KILL_THREAD'],
}
const withData: readonly Action[] = ['ERRNO', 'TRAP', 'TRACE']

/**
 * Reads `ERRNO(EPERM)`, `ERRNO`, `ALLOW`, `KILL_PROCESS`, `LOG`, `TRACE(7)`, `SCMP_ACT_…`, or a family: `denied`,
 * `allowed`, `killed`.
 * @throws SeccompError ERR_UNKNOWN_NAME for a verdict or an error that doesn't exist; ERR_USAGE for data where there is
 * none.
 * @example parseExpectedVerdict('ERRNO(EPERM)') // { text: 'ERRNO(EPERM)', actions: ['ERRNO'], data: 'EPERM' }
 */
export const parseExpectedVerdict = (text: string): ExpectedVerdict => {
  const [, prefix, word, data] =
    /^(SCMP_ACT_|SECCOMP_RET_)?(\w+?)(?:\(\s*(\w+)\s*\))?$/.exec(text.trim()) ?? []
  const meant = word === undefined ? undefined : actionsOf(word, prefix !== undefined)
  if (word === undefined || !meant) throw new SeccompError('ERR_UNKNOWN_NAME', unknown(text, word))
  if (data === undefined) return { text: text.trim(), actions: meant }
  if (!withData.includes(word as Action))
    throw new SeccompError('ERR_USAGE', `verdict ${found(text)}: only ERRNO, TRAP and TRACE carry data`)
  return { text: text.trim(), actions: meant, data: parseData(data, word as Action) }
}

const actionsOf = (word: string, isProfiles: boolean): readonly Action[] | undefined => {
  if ((actions as readonly string[]).includes(word)) return [word as Action]
  // Old profiles' SCMP_ACT_KILL: the thread for runc, the process for 'safe'.
  if (word === 'KILL') return families['killed']
  return !isProfiles && Object.hasOwn(families, word) ? families[word] : undefined
}

const unknown = (text: string, word: string | undefined): string => {
  const help =
    errnoNumber(text.trim()) !== undefined
      ? `; did you mean "ERRNO(${text.trim()})"?`
      : didYouMean(word ?? text, [...Object.keys(families), ...actions]) ||
        `; write one of ${[...actions].reverse().join(', ')}, ERRNO(EPERM), or denied, allowed, killed`
  return `no verdict is called ${found(text)}${help}`
}

/**
 * An errno's name or number.
 * @throws SeccompError ERR_UNKNOWN_NAME for a name that no error has; ERR_USAGE for a number beyond 16 bits.
 */
export const parseData = (data: string | number, action: Action = 'ERRNO'): string | number => {
  if (action === 'ERRNO' && typeof data === 'string' && errnoNumber(data) !== undefined) return data
  const number = typeof data === 'number' || /^(?:\d+|0x[\da-f]+)$/i.test(data) ? Number(data) : undefined
  if (number === undefined)
    throw new SeccompError(
      'ERR_UNKNOWN_NAME',
      action === 'ERRNO'
        ? `no error is called ${found(data)}${didYouMean(String(data), errnoNames()) || '; write a name such as EPERM, or its number'}`
        : `the data of ${action} is a number, not ${found(data)}`,
    )
  if (!Number.isInteger(number) || number < 0 || number > 0xffff)
    throw new SeccompError('ERR_USAGE', `${action}(${data}): a verdict's data is from 0 to 65535`)
  return number
}

/** Whether a verdict is as expected; error names are those of the call's architecture. */
export const fulfils = (
  value: Verdict,
  { actions: any, data }: ExpectedVerdict,
  arch: ArchitectureName,
): boolean =>
  any.includes(actionOf(value)) &&
  (data === undefined || dataOf(value) === (typeof data === 'string' ? errnoNumber(data, arch) : data))
