import { AssertionError } from 'node:assert'
import { type MatcherResult, type SeccompMatchers, seccompMatchers } from './matchers.ts'

/**
 * For test runners without matchers of their own, such as node:test: the same ones, which throw node:assert's
 * AssertionError.
 * @example
 * import { test } from 'node:test'
 * import { expect } from 'seccomp/testing'
 * test('mount is blocked', () => expect('docker-default').toDeny('mount', [], { errno: 'EPERM' }))
 */
export const expect = (tested: unknown): SeccompMatchers & { readonly not: SeccompMatchers } => ({
  ...bound(tested, true),
  not: bound(tested, false),
})

const bound = (tested: unknown, wanted: boolean): SeccompMatchers => {
  const { toDeny, toAllow, toKill, toRunUnder } = seccompMatchers
  const hold =
    <Args extends readonly unknown[]>(matcher: (tested: unknown, ...args: Args) => Promise<MatcherResult>) =>
    async (...args: Args): Promise<void> => {
      const { pass, message } = await matcher(tested, ...args)
      if (pass !== wanted) throw new AssertionError({ message: message() })
    }
  return { toDeny: hold(toDeny), toAllow: hold(toAllow), toKill: hold(toKill), toRunUnder: hold(toRunUnder) }
}
