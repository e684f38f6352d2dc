import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnSync as spawnConfined } from '../../lib/process/spawn/spawn-sync.ts'

/** The kernel's audit records while a test runs. */
export interface Records {
  /** As they came, those of other processes too. */
  readonly lines: readonly string[]
  /** Resolves once all records of what was done before are in `lines`. */
  readonly settled: () => Promise<void>
  readonly stop: () => Promise<void>
}

const ENOUGH_MS = 20_000
/** exit_group(2) of the two CPUs that there is native code for. */
const EXIT_GROUP = process.arch === 'arm64' ? 94 : 231

/**
 * Begins to collect. The records come in the order they were made: when those of a program that ran last are there, so are
 * all before.
 * @returns why they can't be read here, as text.
 */
export const collectRecords = async (python: string): Promise<Records | string> => {
  const logged = readFileSync('/proc/sys/kernel/seccomp/actions_logged', 'utf8')
  if (!logged.split(/\s+/).includes('log'))
    return 'the administrator has switched the logging of SCMP_ACT_LOG off'
  const script = join(import.meta.dirname, 'victims/audit-records.py')
  const reader = spawn(python, ['-I', '-B', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(reader, 'close')
  const lines: string[] = []
  const output = createInterface(reader.stdout)
  const [first] = await once(output, 'line')
  output.on('line', (line) => lines.push(line))
  const stop = async (): Promise<void> => {
    reader.kill('SIGKILL')
    await closed
  }
  if (first !== 'ready') {
    await stop()
    return `audit's records can't be read (${first}): that takes CAP_AUDIT_READ in the first user namespace`
  }
  const settled = async (): Promise<void> => {
    const { pid } = spawnConfined(process.execPath, ['--version'], {
      seccomp: { defaultAction: 'SCMP_ACT_LOG' },
    })
    const exit = new RegExp(` pid=${pid} .* syscall=${EXIT_GROUP} `)
    for (let waited = 0; !lines.some((line) => exit.test(line)); waited += 50) {
      if (waited > ENOUGH_MS) throw new Error(`no audit record of process ${pid} after ${ENOUGH_MS} ms`)
      await sleep(50)
    }
  }
  try {
    await settled()
  } catch (error) {
    await stop()
    return (error as Error).message
  }
  return { lines, settled, stop }
}

/** The interpreter itself, not a shell script that looks for one; undefined where there is none. */
export const findPython = (): string | undefined => {
  const { stdout, status } = spawnSync('python3', ['-c', 'import sys, http.server; print(sys.executable)'], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  return status === 0 ? stdout.trim() : undefined
}
