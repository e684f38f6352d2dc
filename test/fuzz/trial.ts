import { SeccompError } from '../../lib/errors.ts'
import { keepFailure } from './corpus.ts'
import type { Target } from './target.ts'

/** What an attack by `__proto__` or `constructor` would add to. */
const prototypes = [Object, Array, String, Number, Function, Map, Set].map(
  ({ prototype }) => prototype as object,
)
const shape = (): string => prototypes.map((each) => Reflect.ownKeys(each).length).join()
const untouched = shape()

/** Runs one input; a failure is thrown with the place where the input was kept. */
export const tryInput = (target: Target, input: Uint8Array): void => {
  try {
    target.run(input)
    if (shape() !== untouched) throw new Error('a prototype has changed')
  } catch (cause) {
    throw new Error(`${target.name}: the input in ${keepFailure(target, input)} fails: ${String(cause)}`, {
      cause,
    })
  }
}

/** What `read` gives, or undefined where it throws one of our own errors; any other error is a failure. */
export const typed = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    // That one says that the compiler is wrong.
    if (error instanceof SeccompError && error.code !== 'ERR_FILTER_UNPROVED') return undefined
    throw error
  }
}
