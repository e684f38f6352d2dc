import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fork, type ProfileSource, spawn } from '../../../lib/index.ts'
import { nodePresets } from '../../../lib/profile/presets/node/presets.ts'
import { nodeProfile } from '../../../lib/profile/presets/node/profile.ts'
import { type PromiseName, promiseNames } from '../../../lib/profile/presets/node/promise.ts'
import { withImplied } from '../../../lib/profile/presets/node/promises.ts'

/** Workloads under presets, in the three ways a Node gets under one. */

interface Said {
  readonly works?: unknown
  readonly fails?: string
  readonly says?: string
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

interface Partner {
  readonly env: Readonly<Record<string, string>>
  close(): void
}

/** The workloads run under plain Node of every version, and so are JavaScript. */
const module = <T>(name: string): Promise<T> => import(join(import.meta.dirname, name)) as Promise<T>
export const { needs, enough } = await module<{
  needs: Record<string, readonly PromiseName[]>
  enough: Record<string, readonly (readonly PromiseName[])[]>
}>('needs.js')
const { expectation } = await module<{
  expectation(
    workload: string,
    alternatives: readonly (readonly string[])[],
    promises: ReadonlySet<string>,
  ): string
}>('expectations.js')
const { attend, makeScratch, startPartner } = await module<{
  attend(child: ChildProcess): Promise<Said>
  makeScratch(): { readonly path: string; remove(): void }
  startPartner(): Promise<Partner>
}>('partner.js')

export { startPartner }

/**
 * `apply`: in the running process. `spawn`: one filter, in force before Node starts. `fork`: two stages. `trap`: the
 * same, and what is denied comes by a signal. `register`: by --import and a variable of the environment.
 */
export type Way = 'apply' | 'spawn' | 'fork' | 'trap' | 'register'

/** Preset or file of a profile, or one for each workload. */
export type Under = string | ((workload: string) => string)

export interface Circumstances {
  readonly partner: Partner
  readonly workloads?: readonly string[]
  /** Options of Node. */
  readonly options?: readonly string[]
  /** The program and its arguments, as they are started: a shell with a pipe, perhaps. */
  readonly through?: (command: readonly string[]) => readonly [string, ...string[]]
}

/** An in-process filter can't be had where rings are open. */
const withoutRings = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['io_uring_setup'], action: 'SCMP_ACT_ERRNO', errno: 'ENOSYS' }],
}

const LONG = 30_000
const runner = join(import.meta.dirname, 'run.js')
const register = pathToFileURL(join(import.meta.dirname, '../../../dist/process/register.js')).href

const seccompOf = (way: Way, under: string): ProfileSource => {
  if (way === 'apply') return withoutRings
  if (way === 'register') return 'unconfined'
  return nodePresets[under] ? nodeProfile(nodePresets[under].promises, { startup: true }) : under
}

const start = (
  node: string,
  way: Way,
  under: string,
  workload: string,
  env: NodeJS.ProcessEnv,
  { options = [], through }: Circumstances,
): ChildProcess => {
  const common = { timeout: LONG, killSignal: 'SIGKILL' } as const
  if (way === 'fork' || way === 'trap')
    return fork(runner, [workload, '-'], {
      ...common,
      env,
      seccomp: under,
      ...(way === 'trap' && { seccompOptions: { onViolation: 'trap' } as const }),
      execPath: node,
      execArgv: [...options],
      silent: true,
    })
  const imports = way === 'register' ? ['--import', register] : []
  const command = [node, ...options, ...imports, runner, workload, way === 'apply' ? under : '-'] as const
  const [file, ...args] = through ? through(command) : command
  return spawn(file, args, {
    ...common,
    env: { ...env, ...(way === 'register' && { SECCOMP_PROFILE: under }) },
    seccomp: seccompOf(way, under),
    stdio: ['ignore', 'pipe', 'pipe', ...(workload === 'ipc' ? (['ipc'] as const) : [])],
  })
}

/** `works`, `works, exit 1`, `fails with EACCES`; everything else, with what there is to see. */
const inWords = ({ works, fails, says, code, signal, stderr }: Said): string => {
  const end = signal ?? (code ? `exit ${code}` : undefined)
  if (works !== undefined) return end ? `works, ${end}` : 'works'
  if (fails !== undefined && !end) return `fails with ${fails}`
  return `${fails ?? 'says nothing'} (${says ?? ''}), ${end ?? 'exit 0'}: ${stderr.slice(0, 1000)}`
}

/** What each workload came to, two at a time. */
export const play = async (
  node: string,
  way: Way,
  under: Under,
  circumstances: Circumstances,
): Promise<Record<string, string>> => {
  const { partner, workloads = Object.keys(needs) } = circumstances
  const outcomes: Record<string, string> = {}
  const queue = [...workloads]
  const next = async (): Promise<void> => {
    for (let workload = queue.shift(); workload; workload = queue.shift()) {
      const scratch = makeScratch()
      try {
        const env = { ...process.env, ...partner.env, SCRATCH: scratch.path, NODE_OPTIONS: '' }
        const profile = typeof under === 'string' ? under : under(workload)
        const said = await attend(start(node, way, profile, workload, env, circumstances))
        // A Node without that module has nothing to show.
        if (said.works !== 'absent') outcomes[workload] = inWords(said)
      } finally {
        scratch.remove()
      }
    }
  }
  await Promise.all([next(), next()])
  return outcomes
}

/** What they should come to under a preset. */
export const expected = (
  way: Way,
  preset: string,
  workloads: readonly string[] = Object.keys(needs),
): Record<string, string> => {
  // Those of container engines let through whatever Node does.
  const promises = nodePresets[preset]?.promises ?? promiseNames
  const given = withImplied(way === 'spawn' ? ['startup', ...promises] : promises)
  return Object.fromEntries(workloads.map((workload) => [workload, expectedWith(given, workload)]))
}

/** The same under promises. */
export const expectedWith = (given: readonly PromiseName[], workload: string): string =>
  expectation(
    workload,
    (enough[workload] ?? [needs[workload]!]).map(withImplied),
    new Set(withImplied(given)),
  )
