import { randomUUID } from 'node:crypto'
import type { Evidence } from '../container/evidence.ts'
import { docker } from './engine.ts'

/** Files for vitest: all of the kernel suite, or the blocked calls and the stacking of filters. */
const suites = { kernel: [], calls: ['test/container', 'test/kernel/blocked-calls'] }

/** One way to start the container. */
export interface Surroundings {
  readonly title: string
  /** Options of `docker run`. */
  readonly options: readonly string[]
  /** How many filters Docker itself installs. */
  readonly filters: 0 | 1
  readonly suite: keyof typeof suites
}

/** One test that ran inside. */
export interface InnerTest {
  readonly fullName: string
  readonly status: 'passed' | 'failed' | 'pending' | 'skipped' | 'todo'
  readonly failureMessages: readonly string[]
  readonly meta: { readonly evidence?: Evidence }
}

/** The parts of vitest's JSON report that we read. */
interface Report {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly status: 'passed' | 'failed'
    readonly message: string
    readonly assertionResults: readonly InnerTest[]
  }[]
}

const SECOND = 1000
const image = 'seccomp-test'

/** Builds Dockerfile.test from the checkout over `base`. */
export const buildImage = async (base: string): Promise<void> => {
  const argument = `BASE_IMAGE=${base}`
  await docker(
    ['build', '--file', 'Dockerfile.test', '--build-arg', argument, '--tag', image, '.'],
    600 * SECOND,
  ).catch((error: { stdout?: string; stderr?: string; message: string }) => {
    throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`)
  })
}

/** Runs a suite in a container of its own, without a network, and returns every test's outcome. */
export const runSuite = async ({ options, filters, suite }: Surroundings): Promise<InnerTest[]> => {
  const name = `seccomp-test-${randomUUID()}`
  try {
    const output = await docker(
      [
        ...['run', '--rm', '--name', name, '--network', 'none', '--pids-limit', '256', '--init'],
        ...['--env', `OUTER_FILTERS=${filters}`, ...options, image],
        ...['--reporter', 'json', ...suites[suite]],
      ],
      120 * SECOND,
    ).catch((error: { stdout?: string; stderr?: string; message: string }) => {
      // A failed test ends vitest with 1; its report tells which. Without one, Docker or vitest broke.
      if (error.stdout?.includes('"testResults"')) return error.stdout
      throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`)
    })
    return read(output)
  } finally {
    // Only when the client was killed at its time limit is there anything left.
    await docker(['rm', '--force', name], 20 * SECOND).catch(() => {})
  }
}

const read = (output: string): InnerTest[] => {
  const report: Report = JSON.parse(output.slice(output.indexOf('{"')))
  // A file that can't be loaded, or whose beforeAll throws, fails without a failed test.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((each) => each.status === 'failed'),
  )
  if (broken.length > 0)
    throw new Error(broken.map((file) => `${file.name} failed before its tests: ${file.message}`).join('\n'))
  return report.testResults.flatMap((file) => file.assertionResults)
}
