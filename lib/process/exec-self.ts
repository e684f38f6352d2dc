import { readFileSync } from 'node:fs'
import { SeccompError } from '../errors.ts'
import { isMainThread } from '../kernel/builtins.ts'
import { execute } from '../kernel/execute.ts'
import { filterDescriptor } from './spawn/descriptor.ts'
import { confinementOf } from './spawn/filter.ts'
import { launcherCommand } from './spawn/launcher.ts'
import type { SeccompOptions, WithSeccomp } from './spawn/options.ts'
import { requestOf, requireDone, stagesDone } from './two-stage/stages-done.ts'
import { digestOf, inTwoStages } from './two-stage/two-stage.ts'

/** How a process is executed anew. */
export interface ExecSelfOptions extends Omit<SeccompOptions, 'stages'> {
  /** Options for the new Node; default: those of this one. */
  readonly execArgv?: readonly string[]
  /** Its environment; default: this process's. */
  readonly env?: NodeJS.ProcessEnv
}

/** A program that never is under the profile it asks for would ask for ever. */
const MOST = 4

/**
 * Executes this program anew, in two stages as `fork` starts one, and so under the profile from its first line; returns
 * at once where that has been done. What runs before the call runs twice, and without the profile the first time.
 *
 * The process keeps its id, its standard streams and its channel; its other descriptors, timers and handlers end, and no
 * 'exit' event comes. A way to a profile that a running Node would abort under, such as `docker-default` on Node 22 and
 * newer. A script that Node reads from standard input can't be read again.
 *
 * @throws as `fork` does, and KernelError where execve is refused: the process goes on without the profile. SeccompError
 * ERR_USAGE in a Worker; ERR_NOT_ENFORCED if it was executed anew and is not under the profile.
 * @example execSelf('docker-default') // the first line of a program
 */
export const execSelf = (
  seccomp: NonNullable<WithSeccomp['seccomp']>,
  options: ExecSelfOptions = {},
): void => {
  const { execArgv = process.execArgv, env = process.env, ...seccompOptions } = options
  const request = requestOf(seccomp, seccompOptions)
  const done = stagesDone()
  if (request !== null && done?.request === request) {
    requireDone(done)
    return
  }
  const confinement = confinementOf({ seccomp, seccompOptions })
  if (!confinement) return
  if (done?.digest === digestOf(confinement.filters)) {
    requireDone(done)
    return
  }
  if (!isMainThread())
    throw new SeccompError(
      'ERR_USAGE',
      'a Worker would execute the whole process anew: call it on the main thread',
    )
  const executions = (done?.executions ?? 0) + 1
  if (executions > MOST)
    throw new SeccompError(
      'ERR_NOT_ENFORCED',
      `this program was executed anew ${MOST} times, each time under another profile than it asks for now; name one ` +
        'that stays the same',
    )

  const channel = ownChannel()
  const start = {
    execArgv,
    env: { ...env, ...channel.env },
    force: options.force ?? false,
    executions,
    request,
  }
  const staged = inTwoStages(confinement, start)
  const filters = staged.stageOne.filters.map(filterDescriptor)
  const { path, args } = launcherCommand({
    filterFd: filters,
    noNewPrivileges: staged.stageOne.noNewPrivileges,
    file: process.execPath,
    argv0: process.argv0,
    args: [...staged.execArgv, ...programArguments(execArgv)],
  })
  execute({
    file: path,
    args: [path, ...args],
    env: staged.env(staged.orderFd),
    inherited: [...filters, staged.orderFd, ...channel.inherited],
  })
}

/** Script and arguments; after `-e CODE` they would be options. */
const programArguments = (execArgv: readonly string[]): readonly string[] => {
  const { _eval: script } = process as typeof process & { readonly _eval?: string }
  const args = process.argv.slice(1)
  return script !== undefined && script !== null && execArgv.length > 0 ? ['--', ...args] : args
}

/**
 * The channel to a parent that forked this process, to go on with, and what makes it a worker of its cluster. Node takes
 * these variables out of process.env; the kernel shows those that the process began with.
 */
const ownChannel = (): { env: NodeJS.ProcessEnv; inherited: readonly number[] } => {
  if (!process.connected) return { env: {}, inherited: [] }
  refuseMissed()
  const began = readFileSync('/proc/self/environ', 'utf8').split('\0')
  const entries = began.filter((entry) =>
    /^NODE_(?:CHANNEL_FD|CHANNEL_SERIALIZATION_MODE|UNIQUE_ID)=/.test(entry),
  )
  const env = Object.fromEntries(entries.map((entry) => entry.split('=') as [string, string]))
  return { env, inherited: [Number(env['NODE_CHANNEL_FD'])] }
}

/** Node keeps messages that came before anyone listened; with this process they would be gone. */
const refuseMissed = (): void => {
  const channel = process.channel as unknown as Record<symbol, unknown>
  const key = Object.getOwnPropertySymbols(channel).find(
    ({ description }) => description === 'kPendingMessages',
  )
  const kept = key && channel[key]
  if (!Array.isArray(kept) || kept.length === 0) return
  throw new SeccompError(
    'ERR_USAGE',
    'the parent has sent messages, which would be lost if this process were executed anew; start it with fork() of ' +
      "this package, or have the parent wait for the child's first message",
  )
}
