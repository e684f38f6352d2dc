import type { ChildProcess, ExecFileOptions } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { getSystemErrorName, promisify } from 'node:util'
import { childProcess } from '../../kernel/builtins.ts'
import { isText, refusedByNode } from './command.ts'
import { collectOutput } from './exec-output.ts'
import { promiseForm } from './exec-promise.ts'
import { confinementOf } from './filter.ts'
import type { WithSeccomp } from './options.ts'
import { spawn } from './spawn.ts'
import type { ExecFile } from './types.ts'

export type Callback = (error: Error | null, stdout: string | Buffer, stderr: string | Buffer) => void

interface Call {
  readonly args: readonly string[]
  readonly options: unknown
  readonly callback: Callback | undefined
}

/** `(args?, options?, callback?)`, of which each may be left out. */
export const readCall = (args: unknown, options: unknown, callback: unknown): Call => {
  const list = Array.isArray(args) ? args : []
  const rest =
    Array.isArray(args) || args === undefined || args === null ? [options, callback] : [args, options]
  return typeof rest[0] === 'function'
    ? { args: list, options: undefined, callback: rest[0] as Callback }
    : { args: list, options: rest[0], callback: (rest[1] ?? undefined) as Callback | undefined }
}

/**
 * Node's `child_process.execFile` with one option more: `seccomp` names the filter that the program runs under.
 * `util.promisify` of it gives a promise of both outputs, with the `child`.
 * @throws as `spawn` does; what the program does comes in the callback, as from Node's.
 * @example execFile('id', ['-u'], { seccomp: 'docker-default' }, (error, stdout) => console.log(error ?? stdout))
 */
export const execFile: ExecFile = ((file: string, ...rest: [unknown, unknown, unknown]) => {
  const { args, options, callback } = readCall(...rest)
  return confinementOf(options)
    ? runConfined(file, args, (options ?? {}) as Options, callback)
    : Reflect.apply(childProcess().execFile, undefined, [file, ...rest])
}) as ExecFile

Object.defineProperty(execFile, promisify.custom, { value: promiseForm(execFile as never) })

type Options = ExecFileOptions & WithSeccomp

/** 1 MiB, as Node has it. */
const MAX_BUFFER = 1024 * 1024

const runConfined = (
  file: string,
  args: readonly string[],
  options: Options,
  callback: Callback | undefined,
): ChildProcess => {
  const { timeout = 0, maxBuffer = MAX_BUFFER, killSignal = 'SIGTERM', encoding = 'utf8' } = options
  if (isOdd(options, callback))
    return refusedByNode(() => childProcess().execFile('/dev/null', args, options, callback as never))
  // Those that Node's execFile hands on to its spawn, and ours.
  const {
    cwd,
    env,
    uid,
    gid,
    shell,
    signal,
    windowsHide,
    windowsVerbatimArguments,
    seccomp,
    seccompOptions,
  } = options
  const child = spawn(file, args, {
    ...{ cwd, env, uid, gid, shell, signal, windowsHide, windowsVerbatimArguments },
    ...(seccomp !== undefined && { seccomp }),
    ...(seccompOptions !== undefined && { seccompOptions }),
  })

  let failure: (Error & { cmd?: string }) | undefined
  let ended = false
  let killed = false
  const end = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    if (!callback) return
    const [stdout, stderr] = [out(), err()]
    if (!failure && code === 0 && signal === null) {
      callback(null, stdout, stderr)
      return
    }
    const cmd = [file, ...args].join(' ')
    failure ??= Object.assign(new Error(`Command failed: ${cmd}\n${stderr}`), {
      code: code !== null && code < 0 ? getSystemErrorName(code) : code,
      killed: child.killed || killed,
      signal,
      ...(child.seccomp && { seccomp: child.seccomp }),
    })
    failure.cmd = cmd
    callback(failure, stdout, stderr)
  }
  const stop = (): void => {
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  const kill = (): void => {
    stop()
    killed = true
    try {
      child.kill(killSignal)
    } catch (error) {
      failure = error as Error
      end(null, null)
    }
  }
  const tooMuch = (name: string): void => {
    failure = Object.assign(new RangeError(`${name} maxBuffer length exceeded`), {
      code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER',
    })
    kill()
  }
  const out = collect(child.stdout, encoding, maxBuffer, () => tooMuch('stdout'))
  const err = collect(child.stderr, encoding, maxBuffer, () => tooMuch('stderr'))
  const timer = timeout > 0 ? setTimeout(kill, timeout) : undefined
  child.on('close', end)
  child.on('error', (error) => {
    failure = error
    stop()
    end(null, null)
  })
  return child
}

const collect = (
  stream: Readable | null,
  encoding: string | null,
  limit: number,
  tooMuch: () => void,
): (() => string | Buffer) =>
  stream
    ? collectOutput(stream, Buffer.isEncoding(encoding!) ? encoding! : undefined, limit, tooMuch)
    : () => (Buffer.isEncoding(encoding!) ? '' : Buffer.alloc(0))

/** Whether Node refuses something here that spawn doesn't get to see. */
const isOdd = (
  { timeout, maxBuffer, killSignal, argv0 }: Options & { readonly argv0?: unknown },
  callback: unknown,
): boolean =>
  !(argv0 === undefined || argv0 === null || isText(argv0)) ||
  !(timeout === undefined || timeout === null || (Number.isInteger(timeout) && timeout >= 0)) ||
  !(maxBuffer === undefined || maxBuffer === null || (typeof maxBuffer === 'number' && maxBuffer >= 0)) ||
  !(killSignal === undefined || killSignal === null || isSignal(killSignal)) ||
  !(callback === undefined || typeof callback === 'function')

const isSignal = (signal: unknown): boolean =>
  Object.entries(constants.signals).some(
    ([name, number]) => signal === number || (typeof signal === 'string' && signal.toUpperCase() === name),
  )
