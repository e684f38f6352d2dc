/** What the code under test may do, asked of the kernel. */
import { expect, test } from 'vitest'
import { attempt } from '../attempts.js'

test.each([
  ['read a file', 'works'],
  ['write a file', 'EACCES'],
  ['start a program', 'EACCES'],
  ['connect', 'EACCES'],
])('%s: %s', async (what, answer) => {
  expect(await attempt(what)).toBe(answer)
})
