import { SeccompError } from '../errors.ts'
import { found } from './found.ts'
import { didYouMean } from './suggest.ts'

/** ERR_USAGE for an option that isn't among those that are taken; `known` are those to suggest. */
export const refuseUnknown = (
  options: object,
  taken: readonly string[],
  known: readonly string[] = taken,
): void => {
  for (const name of Object.keys(options)) if (!taken.includes(name)) throw unknownOption(name, known)
}

/** ERR_USAGE for a time that setTimeout would take for one millisecond. */
export const requireTimeout = (timeout: unknown): void => {
  if (typeof timeout === 'number' && timeout > 0 && timeout < 2 ** 31) return
  throw new SeccompError('ERR_USAGE', `timeout is a number of milliseconds above 0, not ${found(timeout)}`)
}

/** A misspelt option must not make a test weaker than it looks: it is an error. */
const unknownOption = (name: string, known: readonly string[]): SeccompError =>
  new SeccompError(
    'ERR_USAGE',
    `no option is called ${found(name)}${didYouMean(name, known) || `; there are ${known.join(', ')}`}`,
  )
