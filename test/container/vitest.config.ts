import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What runs inside the container: the kernel suite, and what only a container can show. Nothing is written outside /tmp. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  cacheDir: join(tmpdir(), 'seccomp-vitest'),
  test: {
    include: ['test/kernel/**/*.test.ts', 'test/container/**/*.test.ts'],
    testTimeout: 60_000,
  },
})
