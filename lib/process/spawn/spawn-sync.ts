import type { SpawnSyncOptions, SpawnSyncReturns } from 'node:child_process'
import { childProcess } from '../../kernel/builtins.ts'
import { seccompExit } from '../violations/seccomp-exit.ts'
import { type Command, listAmong, optionsAmong, readCommand } from './command.ts'
import { enforcementError, systemError } from './failure.ts'
import { confinementOf } from './filter.ts'
import { launcherOptions, prepareLaunch, throughLauncher, withoutText } from './launch.ts'
import type { SpawnSync } from './types.ts'

/**
 * Node's `child_process.spawnSync` with one option more: `seccomp` names the filter that the program runs under from its
 * first instruction. A program that can't be executed is in `error`, as from Node's.
 * @throws as `spawn` does, and KernelError when the kernel refuses the filter; nothing was run.
 * @example spawnSync('id', ['-u'], { seccomp: 'docker-default', encoding: 'utf8' }).stdout
 */
export const spawnSync: SpawnSync = ((file: string, args?: unknown, options?: unknown) => {
  const given = optionsAmong(args, options)
  const confinement = confinementOf(given)
  if (!confinement) return childProcess().spawnSync(file, args as string[], options as SpawnSyncOptions)
  const own = (given ?? {}) as SpawnSyncOptions & Readonly<Record<string, unknown>>
  const command = readCommand(file, listAmong(args), own)
  const launch = prepareLaunch(confinement, command, withoutText(own.stdio))
  const since = Date.now()
  const { answer: result, failure } = throughLauncher(
    launch,
    () =>
      childProcess().spawnSync(launch.path, launch.args, launcherOptions(own, launch) as SpawnSyncOptions),
    ({ pid }) => pid !== 0,
  )
  if (failure) {
    const error = enforcementError(failure)
    if (error) throw error
    return { ...notRun(), error: errorOf(failure.errno, command) }
  }
  const { pid, status, signal } = result
  const seccomp = seccompExit(status, signal, { pid, since })
  return { ...asTheProgram(result, launch.shown, command), ...(seccomp && { seccomp }) }
}) as SpawnSync

let nothing: SpawnSyncReturns<Buffer> | undefined

/** Node's result for a program that was never there: its outputs are null in Node 20, and undefined in later ones. */
const notRun = (): SpawnSyncReturns<Buffer> => {
  nothing ??= childProcess().spawnSync('/dev/null/program')
  return nothing
}

const errorOf = (errno: number, { file, args }: Command): Error =>
  systemError(errno, `spawnSync ${file}`, { path: file, spawnargs: args })

const asTheProgram = (
  result: SpawnSyncReturns<string | Buffer>,
  shown: number,
  command: Command,
): SpawnSyncReturns<string | Buffer | null> => {
  const { error } = result as { readonly error?: NodeJS.ErrnoException }
  return {
    ...result,
    ...(error && { error: errorOf(-error.errno!, command) }),
    output: (result.output as (string | null)[] | null)?.slice(0, shown) ?? (null as never),
  }
}
