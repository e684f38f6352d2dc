import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { processStatus } from '../../lib/kernel/status.ts'

/**
 * A filter can't be taken off again, so whatever installs one is a program of its own: test/kernel/victims/NAME.js, run
 * by plain Node against dist/ or out/. It prints one JSON value.
 */

/** Why no kernel test can run here, or undefined. */
const missing = (): string | undefined => {
  if (process.platform !== 'linux') return `${process.platform} has no seccomp`
  if (!['x64', 'arm64'].includes(process.arch)) return `there is no native code for ${process.arch}`
  if (!existsSync(join(import.meta.dirname, '../../out/kernel')))
    throw new Error("out/ is missing: run 'npm run build' first")
  return undefined
}
const reason = missing()
if (reason) console.log(`skipped: the kernel suite, because ${reason}`)

/** For `describe.runIf`. */
export const canFilter: boolean = reason === undefined

/** Whether the kernel takes a filter from this process without no_new_privs. */
export const hasSysAdmin: boolean =
  canFilter && processStatus().capabilities.effective.includes('CAP_SYS_ADMIN')
if (canFilter && !hasSysAdmin) console.log('skipped: filters without no_new_privs, for want of CAP_SYS_ADMIN')

export interface Ending {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a victim to its end. */
export const runVictim = (
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Ending => {
  const { status, signal, stdout, stderr, error } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'victims', name.includes('.') ? name : `${name}.js`), ...args],
    { encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL', env: { ...process.env, ...env } },
  )
  if (error) throw error
  return { status, signal, stdout, stderr }
}

/** What a victim printed, which must have ended well. */
export const ask = (
  name: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): unknown => {
  const { status, signal, stdout, stderr } = runVictim(name, args, env)
  if (status !== 0) throw new Error(`${name}.js ended with ${signal ?? status}: ${stderr}`)
  return JSON.parse(stdout)
}

/** A filter as a victim's argument. */
export const hex = (filter: Uint8Array): string => Buffer.from(filter).toString('hex')
