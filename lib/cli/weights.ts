import { readFileSync } from 'node:fs'
import { SeccompError } from '../errors.ts'
import type { CallCounts } from '../filter/call-counts.ts'
import { found } from '../profile/found.ts'
import { systemMessage } from './system-message.ts'

/**
 * The file that `--weights` names: a JSON object, call counts by name. The compiler checks names and counts.
 * @throws SeccompError ERR_USAGE when it can't be read or isn't that.
 */
export const readWeights = (file: string): CallCounts => {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new SeccompError('ERR_USAGE', `can't read ${found(file)}: ${systemMessage(error)}`, {
      cause: error,
    })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as CallCounts
  throw new SeccompError('ERR_USAGE', `${found(file)} is ${found(value)}; write {"name": count, …}`)
}
