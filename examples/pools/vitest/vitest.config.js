/**
 * Vitest's `forks` pool: every test file runs in a process under node:reader, while Vitest itself doesn't.
 * `npx vitest run --root examples/pools/vitest`.
 */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    include: ['*.spec.js'],
    execArgv: ['--import', import.meta.resolve('seccomp/register')],
    env: { SECCOMP_PROFILE: 'node:reader' },
  },
})
