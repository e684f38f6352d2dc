import { type SpawnSyncOptions, type StdioOptions, spawnSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { sealedMemfd } from '../../lib/kernel/memfd.ts'
import { type LaunchOptions, launcherCommand } from '../../lib/process/spawn/launcher.ts'
import type { Ending } from './victims.ts'

export type Launch = Omit<LaunchOptions, 'filterFd' | 'statusFd' | 'file'> &
  Pick<SpawnSyncOptions, 'cwd' | 'env' | 'uid' | 'gid'> & {
    /** A file or memfd that gets the launcher's record, as descriptor 4. */
    status?: number
    /** Another launcher than the built one. */
    launcher?: string
  }

/** Runs `file` under `filter`, which the launcher gets as descriptor 3, and waits for the end. */
export const launch = (filter: Uint8Array, file: string, options: Launch = {}): Ending => {
  const { status, launcher, cwd, env, uid, gid, ...launch } = options
  const descriptor = sealedMemfd('test filter', filter)
  try {
    const command = launcherCommand({
      filterFd: 3,
      file,
      ...(status === undefined ? {} : { statusFd: 4 }),
      ...launch,
    })
    const stdio = ['ignore', 'pipe', 'pipe', descriptor, ...(status === undefined ? [] : [status])]
    return run(launcher ?? command.path, command.args, {
      stdio: stdio as StdioOptions,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    })
  } finally {
    closeSync(descriptor)
  }
}

/** Runs any program to its end, without a hang. */
export const run = (file: string, args: readonly string[], options: SpawnSyncOptions = {}): Ending => {
  const result = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
    ...options,
  })
  if (result.error) throw result.error
  const { status, signal, stdout, stderr } = result
  return { status, signal, stdout: String(stdout), stderr: String(stderr) }
}
