import { readFileSync } from 'node:fs'
import { format } from 'node:util'
import { expect, test } from 'vitest'
import * as core from '../../../lib/core.ts'
import * as whole from '../../../lib/index.ts'

const guide = readFileSync(new URL('../../../docs/composing-profiles.md', import.meta.url), 'utf8')
const code = Array.from(guide.matchAll(/^```js\n(.*?)^```/gms), ([, block]) => block!).join('\n')

test('the examples in docs/composing-profiles.md print what they say', () => {
  const expected = Array.from(code.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm), ([, said]) => said)
  const printed: string[] = []
  const program = code.replaceAll(/^import (\{.*?\}) from '(.*)'$/gm, "const $1 = modules['$2']")
  new Function('modules', 'console', program)(
    { seccomp: whole, 'seccomp/core': core },
    { log: (...values: unknown[]) => printed.push(format(...values.flat())) },
  )
  expect(expected.length).toBeGreaterThan(12)
  expect(printed).toEqual(expected)
})
