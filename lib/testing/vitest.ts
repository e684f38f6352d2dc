/** `import 'seccomp/testing/vitest'`, in a test or a setup file: the matchers in vitest's `expect`, with their types. */
import { expect } from 'vitest'
import { type SeccompMatchers, seccompMatchers } from './matchers.ts'

expect.extend(seccompMatchers)

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares it so, and the two must be alike
  interface Matchers<T = any> extends SeccompMatchers {}
}
