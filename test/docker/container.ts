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

/** An error that shows what `docker` printed. */
const withOutput = (error: { stdout?: string; stderr?: string; message: string }): Error =>
  new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`)

/** Builds Dockerfile.test from the checkout over `base`; returns a tag of its own, for two checkouts may share an engine. */
export const buildImage = async (base: string): Promise<string> => {
  const tag = `seccomp-test:${randomUUID()}`
  const args = [
    'build',
    '--force-rm',
    '--file',
    'Dockerfile.test',
    '--build-arg',
    `BASE_IMAGE=${base}`,
    '--tag',
    tag,
    '.',
  ]
  await docker(args, 600 * SECOND).catch((error) => Promise.reject(withOutput(error)))
  return tag
}

/** Removes what {@link buildImage} made; the base stays for the next time. */
export const removeImage = async (tag: string): Promise<void> => {
  await docker(['image', 'rm', '--force', tag], 60 * SECOND)
}

/** Runs a suite in a container of its own, without a network, and returns every test's outcome. */
export const runSuite = async (
  image: string,
  { options, filters, suite }: Surroundings,
): Promise<InnerTest[]> => {
  const name = `seccomp-test-${randomUUID()}`
  const args = [
    ...['run', '--rm', '--name', name, '--network', 'none', '--pids-limit', '256'],
    ...['--env', `OUTER_FILTERS=${filters}`, ...options, image],
    ...['--reporter', 'json', ...suites[suite]],
  ]
  try {
    return read(await docker(args, 300 * SECOND))
  } catch (error) {
    // A failed test ends vitest with 1; its report tells which. Without one, Docker or vitest broke.
    const { stdout = '' } = error as { stdout?: string }
    if (stdout.includes('"testResults"')) return read(stdout)
    throw withOutput(error as Error)
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
