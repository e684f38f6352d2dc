import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'
import { allSyscallNames, isKnownSyscall } from '../syscalls/numbers.ts'

/**
 * How often a program makes each call: counts from `strace -c`, `perf trace -s` or a recording. Only their ratios
 * matter. A name counts whatever the arguments; `name(args)` counts one way of calling it, with `*` for an argument
 * that varies, and arguments left out at the end varying too. All counts of a name add up.
 *
 * @example { futex: 900, socket: 20, 'personality(0xffffffff)': 50, 'ioctl(*, 0x5401)': 300 }
 */
export type CallCounts = Readonly<Record<string, number>>

/** One entry of {@link CallCounts}. */
export interface CountedCall {
  readonly name: string
  /** What is known of the arguments, u64 each; undefined where any value may be. */
  readonly args: readonly (bigint | undefined)[]
  readonly count: number
}

/**
 * The entries of recorded counts.
 * @throws SeccompError ERR_USAGE for a count that is no number from 0 up, or arguments that can't be read;
 * ERR_UNKNOWN_NAME for a name no architecture has.
 */
export const readCallCounts = (counts: CallCounts): CountedCall[] =>
  Object.entries(counts).map(([call, count]) => {
    const [, name = call, args] = /^(\w+)\((.*)\)$/s.exec(call) ?? []
    if (!isKnownSyscall(name)) {
      const near = didYouMean(name, allSyscallNames())
      throw new SeccompError('ERR_UNKNOWN_NAME', `weights: no architecture has a call ${found(name)}${near}`)
    }
    if (typeof count !== 'number' || !Number.isFinite(count) || count < 0)
      throw new SeccompError(
        'ERR_USAGE',
        `weights: ${call} is ${found(count)}; write how often it was called, from 0 up`,
      )
    return { name, args: args?.trim() ? readArguments(call, args.split(',')) : [], count }
  })

const readArguments = (call: string, texts: readonly string[]): (bigint | undefined)[] => {
  const fail = (problem: string): never => {
    throw new SeccompError('ERR_USAGE', `weights: ${found(call)}: ${problem}`)
  }
  if (texts.length > 6) fail(`a system call has at most 6 arguments, not ${texts.length}`)
  return texts.map((text) => {
    const [, any, minus, digits] = /^\s*(?:(\*)|(-?)(\d+|0x[\da-f]+))\s*$/i.exec(text) ?? []
    if (any) return undefined
    if (!digits) return fail(`argument ${found(text.trim())}; write a number, or * for any`)
    const value = BigInt(digits)
    if (value >= 1n << 64n) fail(`argument ${digits} doesn't fit in 64 bits`)
    return BigInt.asUintN(64, minus ? -value : value)
  })
}
