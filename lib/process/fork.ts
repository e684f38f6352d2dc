import type { ForkOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SeccompError } from '../errors.ts'
import { childProcess } from '../kernel/builtins.ts'
import { found } from '../profile/found.ts'
import { hasNul, listAmong, optionsAmong, readCommand, refusedByNode } from './spawn/command.ts'
import { confinementOf } from './spawn/filter.ts'
import { isUnknownWord, prepareLaunch } from './spawn/launch.ts'
import type { WithSeccomp } from './spawn/options.ts'
import { settle } from './spawn/settle.ts'
import type { Fork } from './spawn/types.ts'
import { requestOf } from './two-stage/stages-done.ts'
import { inTwoStages } from './two-stage/two-stage.ts'
import { relayViolations } from './violations/relay.ts'

/**
 * Node's `child_process.fork` with one option more: `seccomp` names the filter that the new Node process runs under from
 * its first line. Its channel works as without.
 *
 * Two stages: Node starts under a filter that refuses io_uring alone; then the profile comes on all its threads, before
 * the first line of the module and of what `execArgv` loads. So the profile may deny what Node needs to start: opening
 * files, threads, programs. When that fails in the child, it says why and ends with exit code 78. With
 * `seccompOptions: { stages: 1 }` the profile is there from the first instruction.
 *
 * @throws as `spawn` does; PreflightError ERR_PREFLIGHT for a profile that a running Node would abort or hang under
 * (`force` starts it all the same); SeccompError ERR_USAGE for `--import` and the like beside a profile that lets no
 * file be opened.
 * @example
 * const worker = fork('./worker.js', [], { seccomp: 'docker-default' })
 * worker.send('hello')
 */
export const fork: Fork = ((modulePath: string | URL, args?: unknown, options?: unknown) => {
  const given = optionsAmong(args, options)
  const confinement = confinementOf(given, true)
  if (!confinement) return childProcess().fork(modulePath, args as string[], options as ForkOptions)
  const own = (given ?? {}) as Options
  const list = listAmong(args)
  const execPath = own.execPath || process.execPath
  const execArgv = own.execArgv || inheritedArguments()
  const nodeThrows = (): never =>
    refusedByNode(() =>
      childProcess().fork(modulePath, list, { ...own, execPath: hasNul(execPath) ? execPath : '/dev/null' }),
    )
  if (!Array.isArray(execArgv) || [execPath, ...execArgv, ...list].some(hasNul)) nodeThrows()
  if (Array.isArray(own.stdio) ? !own.stdio.includes('ipc') : isUnknownWord(own.stdio)) nodeThrows()

  const { argv0 } = readCommand(execPath, [], { ...own, shell: false })
  const module = modulePath instanceof URL ? fileURLToPath(modulePath) : modulePath
  const command = { file: execPath, argv0, args: [...execArgv, module, ...list] }
  const { force = false } = own.seccompOptions ?? {}
  const request = requestOf(own.seccomp, own.seccompOptions ?? {})
  const staged =
    isStaged(own) && inTwoStages(confinement, { execArgv, env: environmentOf(own), force, request })
  const launch = prepareLaunch(
    staged ? staged.stageOne : confinement,
    staged ? { ...command, args: [...staged.execArgv, module, ...list] } : command,
    forkStdio(own),
    staged ? staged.orderFd : undefined,
  )
  // Node puts the module and its arguments after execArgv: so the launcher's own go first.
  const child = settle(launch, command, () =>
    childProcess().fork(modulePath, list, {
      ...own,
      ...{ argv0: undefined },
      ...(staged && { env: staged.env(launch.inheritedFd) }),
      execPath: launch.path,
      execArgv: launch.args.slice(0, launch.args.length - 1 - list.length),
      stdio: launch.stdio as NonNullable<ForkOptions['stdio']>,
    }),
  )
  return confinement.traps ? relayViolations(child) : child
}) as Fork

type Options = ForkOptions & WithSeccomp & { readonly argv0?: string }

const isStaged = ({ seccompOptions }: Options): boolean => {
  const { stages = 2 } = seccompOptions ?? {}
  if (stages === 1 || stages === 2) return stages === 2
  throw new SeccompError('ERR_USAGE', `stages is 1 or 2, not ${found(stages)}; nothing was started`)
}

/** As Node reads it: what it inherits counts. */
const environmentOf = ({ env }: Options): NodeJS.ProcessEnv => {
  const all: NodeJS.ProcessEnv = {}
  const given = env || process.env
  for (const name in given) if (given[name] !== undefined) all[name] = given[name]
  return all
}

const forkStdio = ({ stdio, silent }: ForkOptions): unknown => {
  if (Array.isArray(stdio)) return stdio
  const word = typeof stdio === 'string' ? stdio : silent ? 'pipe' : 'inherit'
  return [word, word, word, 'ipc']
}

/** The options of this process, without the script of `node -e SCRIPT`, as Node's fork has it. */
const inheritedArguments = (): readonly string[] => {
  const { execArgv, _eval: script } = process as typeof process & { readonly _eval?: string }
  const at = script === undefined || script === null ? -1 : execArgv.lastIndexOf(script)
  return at > 0 ? execArgv.toSpliced(at - 1, 2) : execArgv
}
