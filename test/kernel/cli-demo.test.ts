import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { execute } from '../cli/seccomp.ts'
import { canFilter } from './victims.ts'

describe.runIf(canFilter)('npm run demo', () => {
  test('shows that the kernel denies each call under docker-default', async () => {
    const demo = resolve(import.meta.dirname, '../../examples/demo.js')
    const { code, stdout, stderr } = await execute(process.execPath, [demo])
    expect(stderr).toBe('')
    for (const call of ['unshare', 'mount', 'socket'])
      expect(stdout).toMatch(new RegExp(`^${call}\\(.+\\) +\\w+ +EPERM$`, 'm'))
    expect(code).toBe(0)
  })
})
