/** Arguments that a caller without types may give of the wrong kind: refused in words by the functions that people call. */
import { SeccompError } from './errors.ts'

/** What kind of thing a value is, in an error's words; a short one itself. */
export const kindOf = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return `${value}`
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * @param expected what would be right, as a sentence's begin: `encode takes a list of instructions`
 * @throws SeccompError ERR_USAGE
 */
const refuse = (expected: string, value: unknown): never => {
  throw new SeccompError('ERR_USAGE', `${expected}, not ${kindOf(value)}`)
}

/** Nothing, for a string. */
export const requireText = (expected: string, value: unknown): void => {
  if (typeof value !== 'string') refuse(expected, value)
}

/** Nothing, for an array. */
export const requireList = (expected: string, value: unknown): void => {
  if (!Array.isArray(value)) refuse(expected, value)
}

/** Nothing, for an object that has a property of this name; with none, for any. */
export const requireObject = (expected: string, value: unknown, property?: string): void => {
  if (typeof value !== 'object' || value === null) refuse(expected, value)
  if (property !== undefined && !(property in (value as object)))
    refuse(expected, Array.isArray(value) ? value : {})
}
