import childProcess, { type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import * as ours from '../../lib/index.ts'

/**
 * The same call through node:child_process and through ours with a filter must look the same from outside. A case gets
 * the functions and the options to add, and gives what can be seen.
 */
export interface Functions {
  readonly spawn: typeof childProcess.spawn
  readonly fork: typeof childProcess.fork
  readonly exec: typeof childProcess.exec
  readonly execFile: typeof childProcess.execFile
  readonly spawnSync: typeof childProcess.spawnSync
  readonly execFileSync: typeof childProcess.execFileSync
  readonly execSync: typeof childProcess.execSync
}
export type Case = (functions: Functions, seccomp: object) => unknown

const filtered = ours as unknown as Functions

/** What each sees: Node, ours without the option, ours under a filter. */
export const observe = async (look: Case): Promise<{ node: unknown; without: unknown; under: unknown }> => ({
  node: await settled(look, childProcess, {}),
  without: await settled(look, filtered, {}),
  under: await settled(look, filtered, { seccomp: 'docker-default' }),
})

const settled = async (look: Case, functions: Functions, seccomp: object): Promise<unknown> => {
  try {
    return plain(await look(functions, seccomp))
  } catch (error) {
    return { thrown: plain(error) }
  }
}

/** Errors with all that they carry but their stack; process ids and our own option are nobody's business. */
export const plain = (value: unknown, within: readonly unknown[] = []): unknown => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (within.includes(value)) return '(circular)'
  const inside = [...within, value]
  if (Array.isArray(value)) return value.map((each) => plain(each, inside))
  const own = Object.entries(value).filter(([name]) => name !== 'pid')
  const error =
    value instanceof Error ? { name: value.name, message: value.message, prototype: prototypeOf(value) } : {}
  return { ...error, ...Object.fromEntries(own.map(([name, each]) => [name, plain(each, inside)])) }
}

/** Node's own subclasses go by the name of what they extend. */
const prototypeOf = (error: Error): string =>
  [RangeError, TypeError, Error].find((kind) => error instanceof kind)!.name

/** All that a ChildProcess shows from its start to its end. */
export const watch = async (
  child: ChildProcess,
  during?: (child: ChildProcess) => unknown,
): Promise<unknown> => {
  const events: unknown[] = []
  for (const event of ['spawn', 'error', 'exit', 'close', 'message', 'disconnect'])
    child.on(event, (...values) => events.push([event, ...values]))
  const outputs = child.stdio.map((stream) => {
    const chunks: string[] = []
    if (stream && 'read' in stream) (stream as Readable).on('data', (chunk) => chunks.push(String(chunk)))
    // A child that never was may reset its pipes.
    stream?.on('error', () => {})
    return () => (stream ? chunks.join('') : null)
  })
  const start = {
    hasPid: typeof child.pid === 'number',
    spawnfile: child.spawnfile,
    spawnargs: child.spawnargs,
    stdio: child.stdio.map((stream) => stream?.constructor.name ?? null),
    named: [child.stdin, child.stdout, child.stderr].map((stream, index) => stream === child.stdio[index]),
    connected: child.connected,
    keys: Object.keys(child).sort(),
  }
  const ended = new Promise((resolve) => child.once('close', resolve))
  const seen = await during?.(child)
  await ended
  const { exitCode, signalCode, killed } = child
  return {
    start,
    seen,
    events,
    outputs: outputs.map((output) => output()),
    end: { exitCode, signalCode, killed },
  }
}
