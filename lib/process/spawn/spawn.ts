import type { SpawnOptions } from 'node:child_process'
import { childProcess } from '../../kernel/builtins.ts'
import { listAmong, optionsAmong, readCommand } from './command.ts'
import { confinementOf } from './filter.ts'
import { launcherOptions, prepareLaunch } from './launch.ts'
import { settle } from './settle.ts'
import type { Spawn } from './types.ts'

/**
 * Node's `child_process.spawn` with one option more: `seccomp` names the filter that the program runs under from its
 * first instruction. Arguments, options, the ChildProcess, its events and errors are Node's; without the option the
 * call is Node's too.
 *
 * The launcher installs the filter and becomes the program. It was compiled and proved once for each profile and target,
 * for this machine and the capabilities the program will have (none if `uid` is another than root's).
 *
 * @throws SeccompError for a profile that can't be loaded or compiled, ERR_USAGE for `seccomp: undefined`; nothing was
 * started. A filter that the kernel refuses is a KernelError in the 'error' event.
 * @example spawn('curl', ['https://example.com'], { seccomp: 'docker-default', stdio: 'inherit' })
 * @see docs/processes.md for what differs from Node's
 */
export const spawn: Spawn = ((file: string, args?: unknown, options?: unknown) => {
  const given = optionsAmong(args, options)
  const confinement = confinementOf(given)
  if (!confinement) return childProcess().spawn(file, args as string[], options as SpawnOptions)
  const own = (given ?? {}) as SpawnOptions & Readonly<Record<string, unknown>>
  const launch = prepareLaunch(confinement, readCommand(file, listAmong(args), own), own.stdio)
  return settle(launch, launch.command, () =>
    childProcess().spawn(launch.path, launch.args, launcherOptions(own, launch) as SpawnOptions),
  )
}) as Spawn
