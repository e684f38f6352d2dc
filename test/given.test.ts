import { describe, expect, test } from 'vitest'
import * as library from '../lib/index.ts'
import * as testing from '../lib/testing/index.ts'

/** What a caller without types gives by mistake. */
const mistakes: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['42', 42],
  ["''", ''],
  ['{}', {}],
  ['[]', []],
]

/** They refuse by Node's own errors, and start what Node would: test/kernel/spawn*.test.ts. */
const likeNodes = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync']

/** Reading the filters of a process stops it for a moment, and 42 may be one. */
const strangers = ['readFilters']

const functions = Object.entries({ ...library, ...testing }).flatMap(
  ([name, value]): [string, (value: unknown) => unknown][] =>
    typeof value === 'function' &&
    !/^class\b/.test(Function.prototype.toString.call(value)) &&
    ![...likeNodes, ...strangers].includes(name)
      ? [[name, value as (value: unknown) => unknown]]
      : [],
)

const outcomeOf = async (call: () => unknown): Promise<unknown> => {
  try {
    return await call()
  } catch (error) {
    return error
  }
}

describe('an argument that is no such thing', () => {
  test.each(functions)('is refused by %s in words, or has a plain answer', async (_, call) => {
    for (const [name, value] of mistakes) {
      const outcome = await outcomeOf(() => call(value))
      if (outcome instanceof Error)
        expect(outcome, `${name}: ${outcome.stack}`).toBeInstanceOf(library.SeccompError)
    }
  })

  test('is named by what would be right', () => {
    expect(() => library.formatPfc([] as never)).toThrow(
      'formatPfc takes a policy, such as filter.policy, not an array',
    )
    expect(() => library.numberOf('x86-64' as never, 'read')).toThrow('no architecture is called x86-64')
    expect(() => library.disassemble({} as never)).toThrow(
      'a filter is a list of instructions, not an object',
    )
  })
})
