import type { ExecOptions } from 'node:child_process'
import { promisify } from 'node:util'
import { childProcess } from '../../kernel/builtins.ts'
import { hasNul, refusedByNode } from './command.ts'
import { type Callback, execFile } from './exec-file.ts'
import { promiseForm } from './exec-promise.ts'
import { confinementOf } from './filter.ts'
import type { WithSeccomp } from './options.ts'
import type { Exec } from './types.ts'

/**
 * Node's `child_process.exec` with one option more: `seccomp` names the filter that the shell and all it starts run
 * under. `util.promisify` of it gives a promise of both outputs, with the `child`.
 * @throws as `spawn` does.
 * @example const { stdout } = await promisify(exec)('ls | wc -l', { seccomp: 'docker-default' })
 */
export const exec: Exec = ((command: string, options?: unknown, callback?: unknown) => {
  if (!confinementOf(options))
    return Reflect.apply(childProcess().exec, undefined, [command, options, callback])
  const isCallback = typeof options === 'function'
  const own = (isCallback ? {} : (options ?? {})) as ExecOptions & WithSeccomp
  if (typeof command !== 'string' || hasNul(command)) return refusedByNode(() => childProcess().exec(command))
  const shell = typeof own.shell === 'string' ? own.shell : true
  return execFile(command, { ...own, shell } as object, (isCallback ? options : callback) as Callback)
}) as Exec

Object.defineProperty(exec, promisify.custom, { value: promiseForm(exec as never) })
