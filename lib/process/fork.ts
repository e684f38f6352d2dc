import childProcess, { type ForkOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { hasNul, listAmong, optionsAmong, readCommand, refusedByNode } from './spawn-command.ts'
import { confinementOf } from './spawn-filter.ts'
import { prepareLaunch } from './spawn-launch.ts'
import { settle } from './spawn-settle.ts'
import type { Fork } from './spawn-types.ts'

/**
 * Node's `child_process.fork` with one option more: `seccomp` names the filter that the new Node process runs under from
 * its first instruction. Its channel works as without.
 *
 * One stage only: the filter is there before Node starts, so it must let pass what Node itself needs to start
 * (`docker-default` does). A profile that denies opening files or starting threads can't be used like this.
 *
 * @throws as `spawn` does.
 * @example
 * const worker = fork('./worker.js', [], { seccomp: 'docker-default' })
 * worker.send('hello')
 */
export const fork: Fork = ((modulePath: string | URL, args?: unknown, options?: unknown) => {
  const given = optionsAmong(args, options)
  const confinement = confinementOf(given)
  if (!confinement) return childProcess.fork(modulePath, args as string[], options as ForkOptions)
  const own = given as ForkOptions & { readonly argv0?: string }
  const list = listAmong(args)
  const execPath = own.execPath || process.execPath
  const execArgv = own.execArgv || inheritedArguments()
  const nodeThrows = (): never =>
    refusedByNode(() =>
      childProcess.fork(modulePath, list, { ...own, execPath: hasNul(execPath) ? execPath : '/dev/null' }),
    )
  if (!Array.isArray(execArgv) || [execPath, ...execArgv, ...list].some(hasNul)) nodeThrows()
  if (Array.isArray(own.stdio) && !own.stdio.includes('ipc')) nodeThrows()

  const { argv0 } = readCommand(execPath, [], { ...own, shell: false })
  const module = modulePath instanceof URL ? fileURLToPath(modulePath) : modulePath
  const command = { file: execPath, argv0, args: [...execArgv, module, ...list] }
  const launch = prepareLaunch(confinement, command, forkStdio(own))
  // Node puts the module and its arguments after execArgv: so the launcher's own go first.
  const child = childProcess.fork(modulePath, list, {
    ...own,
    ...{ argv0: undefined },
    execPath: launch.path,
    execArgv: launch.args.slice(0, launch.args.length - 1 - list.length),
    stdio: launch.stdio as NonNullable<ForkOptions['stdio']>,
  })
  return settle(child, launch)
}) as Fork

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
