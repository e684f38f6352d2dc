import { expect as jestExpect } from 'expect'
import { expect, test } from 'vitest'
import { target, web } from './profiles.ts'

/** Jest's own expect, where Jest puts it. */
const inJest = async <T>(run: () => Promise<T>): Promise<T> => {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'expect')
  Object.defineProperty(globalThis, 'expect', { value: jestExpect, configurable: true })
  try {
    return await run()
  } finally {
    if (own) Object.defineProperty(globalThis, 'expect', own)
    else Reflect.deleteProperty(globalThis, 'expect')
  }
}

test('the matchers are in the expect of Jest', async () => {
  await inJest(() => import('../../lib/testing/jest.ts'))
  const profile = JSON.parse(web)
  await jestExpect(profile).toDeny('mount', [], { target, arch: 'x86', errno: 'EPERM' })
  await jestExpect(profile).toAllow('socket', [2], { target })
  await jestExpect(profile).not.toAllow('socket', [], { target })
  await jestExpect(profile).toKill('ptrace', [], { target })
  const failing = jestExpect(profile).toKill('read', [], { target })
  await expect(failing).rejects.toThrow(
    /read\(fd=0, buf=0, count=0\) on x86_64 gets ALLOW\ndecided by \/syscalls\/0/,
  )
})
