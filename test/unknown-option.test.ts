import { describe, expect, test } from 'vitest'
import { compile, compileStack, diff, explain, lint, summarize } from '../lib/core.ts'

/** A misspelt option would quietly give an answer for another target than the one that was meant. */

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const uses: Record<string, (options: object) => unknown> = {
  compile: (options) => compile('docker-default', options),
  compileStack: (options) => compileStack('docker-default', options),
  explain: (options) => explain('docker-default', 'mount', options),
  summarize: (options) => summarize('docker-default', options),
  lint: (options) => lint('docker-default', options),
  diff: (options) => diff('docker-default', 'docker-default', options),
}

describe.each(Object.keys(uses))('%s', (name) => {
  test('takes the options that there are', () => {
    expect(uses[name]!({ ...target, as: 'runc' })).toBeDefined()
  })

  test('refuses one that there isn’t, with the name that was meant', () => {
    expect(() => uses[name]!({ ...target, capabilites: [] })).toThrow(
      expect.objectContaining({
        code: 'ERR_USAGE',
        message: expect.stringMatching(/"capabilites".*capabilities/),
      }),
    )
  })
})
