import { spawn } from 'node:child_process'
import { KernelError } from '../kernel/errors.ts'

/** How a native program ended. */
export interface Ending {
  readonly pid: number
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it said on standard error. */
  readonly errors: string
  /** It was ended here, for it took too long. */
  readonly late: boolean
}

/** Runs a native program with these descriptors from 3 on, to its end or for `timeout` milliseconds. */
export const runNative = (path: string, descriptors: readonly number[], timeout: number): Promise<Ending> =>
  new Promise((resolve, reject) => {
    const child = spawn(path, [], { stdio: ['ignore', 'ignore', 'pipe', ...descriptors], env: {} })
    let errors = ''
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeout)
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.on('error', (cause) => {
      clearTimeout(timer)
      reject(new KernelError('execve', 'EIO', `${path} can't be started: ${cause.message}`, { cause }))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ pid: child.pid!, code, signal, errors: errors.trim().replace(/^seccomp: /, ''), late })
    })
  })
