import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** `unit` needs nothing but Node; the others need Linux, the native build, Docker or npm (each says why it skips). */
const projects = {
  unit: ['test/**/*.test.ts', '!test/{kernel,node,container,docker,package,differential}/**'],
  differential: ['test/differential/**/*.test.ts'],
  kernel: ['test/kernel/**/*.test.ts'],
  node: ['test/node/**/*.test.ts'],
  package: ['test/package/**/*.test.ts'],
  docker: ['test/docker/**/*.test.ts'],
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    // vitest leaves one processor to itself, and has little to do meanwhile: of two that is half.
    maxWorkers: availableParallelism(),
    setupFiles: ['test/setup.ts'],
    reporters: process.env['CI']
      ? [
          'default',
          [
            'json',
            { outputFile: `test-results/${process.env['SECCOMP_ALL_NODES'] ? 'nodes' : 'vitest'}.json` },
          ],
        ]
      : ['default'],
    projects: Object.entries(projects).map(([name, patterns]) => ({
      extends: true,
      test: {
        name,
        include: patterns.filter((pattern) => !pattern.startsWith('!')),
        exclude: patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)),
        ...(name === 'docker' ? { globalSetup: 'test/docker/global-setup.ts' } : {}),
        ...(name === 'node' ? { globalSetup: ['test/node/fetch.ts'] } : {}),
      },
    })),
  },
})
