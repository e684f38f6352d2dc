/** `import 'seccomp/testing/jest'`, in a test or a setup file: the matchers in Jest's `expect`, with their types. */
import type {} from 'expect'
import { SeccompError } from '../errors.ts'
import { type SeccompMatchers, seccompMatchers } from './matchers.ts'

const { expect } = globalThis as { readonly expect?: { extend(matchers: object): void } }
if (typeof expect?.extend !== 'function')
  throw new SeccompError(
    'ERR_USAGE',
    "there is no global expect: load this in Jest's setupFilesAfterEnv, or, where injectGlobals is off, call " +
      "expect.extend(seccompMatchers) with the matchers of 'seccomp/testing'",
  )
expect.extend(seccompMatchers)

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends SeccompMatchers {}
}

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: @types/jest declares it so, and the two must be alike
    interface Matchers<R, T = {}> extends SeccompMatchers {}
  }
}
