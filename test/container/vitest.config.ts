import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What takes long, and is the same in a container and out of it: what Node lives without, leaks, sanitizers … */
const outside = [
  ...['apply-needs', 'node-presets', 'node-escape', 'node-cli'],
  ...['cli-run-stack', 'spawn-kubernetes', 'kubernetes-tutorial'],
  ...['leaks', 'sanitizers', 'worker-surroundings'],
]

/** What runs inside the container: the kernel suite, and what only a container can show. Nothing is written outside /tmp. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  cacheDir: join(tmpdir(), 'seccomp-vitest'),
  test: {
    include: ['test/kernel/**/*.test.ts', 'test/container/**/*.test.ts'],
    exclude: outside.map((name) => `test/kernel/${name}.test.ts`),
    testTimeout: 60_000,
  },
})
