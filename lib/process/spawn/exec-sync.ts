import type { ExecFileSyncOptions, ExecSyncOptions, SpawnSyncReturns } from 'node:child_process'
import { childProcess } from '../../kernel/builtins.ts'
import { hasNul, listAmong, optionsAmong, refusedByNode } from './command.ts'
import { confinementOf } from './filter.ts'
import type { WithSeccomp } from './options.ts'
import { spawnSync } from './spawn-sync.ts'
import type { ExecFileSync, ExecSync } from './types.ts'

/**
 * Node's `child_process.execFileSync` with one option more: `seccomp` names the filter that the program runs under.
 * @throws as Node's, with status and outputs, for a program that fails; as `spawnSync` for what concerns the filter.
 * @example execFileSync('id', ['-u'], { seccomp: 'docker-default', encoding: 'utf8' })
 */
export const execFileSync: ExecFileSync = ((file: string, args?: unknown, options?: unknown) => {
  const given = optionsAmong(args, options)
  if (!confinementOf(given))
    return childProcess().execFileSync(file, args as string[], options as ExecFileSyncOptions)
  const own = (given ?? {}) as ExecFileSyncOptions & WithSeccomp & { readonly argv0?: string }
  const list = listAmong(args)
  return outputOf(spawnSync(file, list, own), !own.stdio, [own.argv0 || file, ...list].join(' '))
}) as ExecFileSync

/**
 * Node's `child_process.execSync` with one option more: `seccomp` names the filter that the shell and all it starts run
 * under.
 * @throws as `execFileSync` does.
 * @example execSync('ls | wc -l', { seccomp: 'docker-default', encoding: 'utf8' })
 */
export const execSync: ExecSync = ((command: string, options?: unknown) => {
  if (!confinementOf(options)) return childProcess().execSync(command, options as ExecSyncOptions)
  const own = (options ?? {}) as ExecSyncOptions & WithSeccomp
  if (typeof command !== 'string' || hasNul(command))
    return refusedByNode(() => childProcess().execSync(command))
  const shell = typeof own.shell === 'string' ? own.shell : true
  return outputOf(spawnSync(command, { ...own, shell } as object), !own.stdio, command)
}) as ExecSync

const outputOf = (
  result: SpawnSyncReturns<string | Buffer>,
  tellsErrors: boolean,
  command: string,
): string | Buffer => {
  const { error, status, stdout, stderr } = result
  if (tellsErrors && stderr) process.stderr.write(stderr)
  if (error) throw Object.assign(error, result)
  if (status === 0) return stdout
  const words = stderr?.length ? `\n${stderr.toString()}` : ''
  throw Object.assign(new Error(`Command failed: ${command}${words}`), result)
}
