import type { ChildProcess } from 'node:child_process'
import { SeccompError } from '../errors.ts'
import { isFilter } from '../filter/compile.ts'
import type { SeccompOptions, WithSeccomp } from '../process/spawn/options.ts'
import { spawn } from '../process/spawn/spawn.ts'
import { explainExit } from '../process/violations/explain-exit.ts'
import { found } from '../profile/found.ts'
import { refuseUnknown, requireTimeout } from '../profile/unknown-option.ts'

/** How a command is run under test. */
export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** For its standard input, which is empty otherwise. */
  readonly input?: string
  /** Milliseconds until it counts as hanging, and is killed; default 30,000. */
  readonly timeout?: number
  /** As of `spawn`: capabilities, kernel, as. */
  readonly seccompOptions?: SeccompOptions
}

/** How it went. */
export interface Ran {
  /** It ended by itself, with exit code 0. */
  readonly ok: boolean
  /** In words: how it ended, why as far as that can be told, and its last words. */
  readonly report: string
}

const OPTIONS: readonly (keyof RunOptions)[] = ['cwd', 'env', 'input', 'timeout', 'seccompOptions']
const TIMEOUT_MS = 30_000
/** How much of what a command said is shown. */
const LAST_LINES = 20
/** Enough for those lines; a command may say more than memory holds. */
const LAST_BYTES = 8192

/**
 * Runs a command under a profile, to its end.
 * @param command a program and its arguments, or a command line for the shell
 * @throws SeccompError ERR_USAGE for another kind of command, or one that isn't there; what `spawn` throws where nothing can be enforced.
 */
export const runUnder = async (
  command: unknown,
  profile: unknown,
  options: RunOptions = {},
): Promise<Ran> => {
  const [file, ...args] = readCommand(command)
  const { cwd, env, input = '', timeout = TIMEOUT_MS, seccompOptions } = options
  refuseUnknown(options, OPTIONS)
  requireTimeout(timeout)
  const child = spawn(file!, args, {
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env: { ...process.env, ...env } }),
    seccomp: profile as NonNullable<WithSeccomp['seccomp']>,
    ...(seccompOptions !== undefined && { seccompOptions }),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what hangs is ended together with all it started.
    detached: true,
  })
  const said = [lastOf(child.stdout), lastOf(child.stderr)] as const
  child.stdin.on('error', () => {}) // A command need not read its input.
  child.stdin.end(input)
  const ending = await ended(child, timeout)
  // A misspelt command must not pass for one that the profile stops.
  if ((ending.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    throw new SeccompError('ERR_USAGE', `there is no command ${found(file)}`, { cause: ending.error })
  const what = `\`${typeof command === 'string' ? command : [file, ...args].join(' ')}\``
  const ok = ending.code === 0
  const words = said[1]() || said[0]()
  const report = [
    `expected ${what} ${ok ? 'not ' : ''}to run under ${nameOf(profile)}`,
    describe(ending, timeout),
    ...[explainExit(ending.code, ending.signal) ?? []].flat(),
  ]
  return { ok, report: [...report, ...(words && !ok ? ['its last words:', indent(words)] : [])].join('\n') }
}

const readCommand = (command: unknown): readonly string[] => {
  if (typeof command === 'string' && command.trim()) return ['/bin/sh', '-c', command]
  if (Array.isArray(command) && command.length > 0 && command.every((part) => typeof part === 'string'))
    return command
  throw new SeccompError(
    'ERR_USAGE',
    `a command is a list, such as ['node', 'server.js'], or a line for the shell, not ${found(command)}`,
  )
}

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: Error
  readonly late?: boolean
}

const ended = (child: ChildProcess, timeout: number): Promise<Ending> =>
  new Promise((done) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      killGroup(child)
    }, timeout)
    const finish = (ending: Ending): void => {
      clearTimeout(timer)
      done(ending)
    }
    child.once('error', (error) => finish({ code: null, signal: null, error }))
    // Not 'close': what the command left behind in the background may hold its output open.
    child.once('exit', (code, signal) => {
      killGroup(child)
      setImmediate(() => finish({ code, signal, late }))
    })
  })

const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

const lastOf = (stream: NodeJS.ReadableStream): (() => string) => {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-LAST_BYTES)
  })
  return () => text.trimEnd().split('\n').slice(-LAST_LINES).join('\n')
}

const describe = ({ code, signal, error, late }: Ending, timeout: number): string => {
  if (error) return `it didn't start: ${error.message}`
  if (late) return `it was still running after ${timeout} ms, and was killed`
  return signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`
}

const nameOf = (profile: unknown): string => {
  if (typeof profile === 'string' || profile instanceof URL) return String(profile)
  return isFilter(profile) || Array.isArray(profile) ? 'the filter' : 'the profile'
}

const indent = (text: string): string => text.replace(/^/gm, '  ')
