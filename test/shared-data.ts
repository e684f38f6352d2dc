import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * A file of the data that lies beside the checkout (`../shared/data`), or undefined: a clone elsewhere doesn't have
 * it. A test that needs it skips, and its name says why.
 */
export const sharedData = (path: string): string | undefined => {
  const file = resolve(import.meta.dirname, '../../shared/data', path)
  return existsSync(file) ? file : undefined
}
