import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'

/** A misspelt option must not make a test weaker than it looks: it is an error. */
export const unknownOption = (name: string, known: readonly string[]): SeccompError =>
  new SeccompError(
    'ERR_USAGE',
    `no option is called ${found(name)}${didYouMean(name, known) || `; there are ${known.join(', ')}`}`,
  )
