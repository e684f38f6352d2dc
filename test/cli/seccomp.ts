import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** The command as users start it. */
export const bin: string = resolve(root, 'bin/seccomp.js')

if (!existsSync(resolve(root, 'dist/cli/main.js')))
  throw new Error("dist/ is missing: these tests run the built command; 'npm run build:lib' builds it")

export interface Result {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output as it came. */
  readonly bytes: Buffer
}

export interface Options {
  readonly input?: string | Uint8Array
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** Leave standard input open for `meanwhile`. */
  readonly keepInput?: boolean
  /** Called once the process is there. */
  readonly meanwhile?: (child: ChildProcess) => void
}

/** Runs any command to its end; one that hangs is killed, and its signal says so. */
export const execute = (file: string, args: readonly string[], options: Options = {}): Promise<Result> =>
  new Promise((done, fail) => {
    const child = spawn(file, args, {
      ...(options.cwd && { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A session of its own: without a terminal, and killed as a whole.
      detached: true,
    })
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 30_000)
    const output: Buffer[] = []
    const errors: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    child.stdin.on('error', () => {}) // A command that doesn't read its input is no failure.
    child.once('error', (error) => {
      clearTimeout(timer)
      fail(error)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const bytes = Buffer.concat(output)
      done({ code, signal, bytes, stdout: bytes.toString(), stderr: Buffer.concat(errors).toString() })
    })
    if (!options.keepInput) child.stdin.end(options.input ?? '')
    options.meanwhile?.(child)
  })

/** Runs `seccomp` with these arguments. */
export const seccomp = (args: readonly string[], options?: Options): Promise<Result> =>
  execute(process.execPath, [bin, ...args], options)
