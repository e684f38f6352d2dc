/**
 * Stage two of a Node that was started in two stages: puts the strict filters in force on every thread, before any module
 * of the user's. Node loads it by --require, or in the program's place where that can't be read any more afterwards. It is
 * CommonJS, so that it doesn't start the loader of ES modules, and loads nothing of this package but the addon, for the
 * parent has compiled. The order is in a sealed memfd (order.ts).
 *
 * Whatever goes wrong ends the process with exit code 78 and a line on standard error: nothing of the user's has run.
 */
type Binding = import('../../kernel/binding.ts', { with: { 'resolution-mode': 'import' }}).Binding
type Order = import('./order.ts', { with: { 'resolution-mode': 'import' }}).Order
type Done = import('./order.ts', { with: { 'resolution-mode': 'import' }}).Done
type HandedOver = import('../../kernel/handed-over.ts', { with: { 'resolution-mode': 'import' }}).HandedOver
type HubModule = import('../violations/trap.ts', { with: { 'resolution-mode': 'import' }}).HubModule

const fs = require('node:fs') as typeof import('node:fs')
const { resolve } = require('node:path') as typeof import('node:path')

const CANNOT_ENFORCE = 78
const ORDER = 'SECCOMP_STAGE_TWO'
const DONE: symbol = Symbol.for('seccomp.stageTwo')
const HANDED_OVER: symbol = Symbol.for('seccomp.handedOver')

const end = (message: string): never => {
  try {
    fs.writeSync(2, `seccomp: ${message}; the program was not run\n`)
  } catch {
    // The exit code says the same.
  }
  // Without 'exit' events: nobody but Node itself could listen yet.
  ;(process as typeof process & { reallyExit(code: number): void }).reallyExit(CANNOT_ENFORCE)
  return process.abort()
}

const attempt = <T,>(failing: string, use: () => T): T => {
  try {
    return use()
  } catch (error) {
    return end(`${failing}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
  }
}

/** By position: many children may share the memfd, and with it its offset. */
const readOrder = (fd: number): { order: Order; programs: readonly Buffer[] } => {
  const bytes = Buffer.alloc(fs.fstatSync(fd).size)
  for (let at = 0; at < bytes.length; ) {
    const count = fs.readSync(fd, bytes, at, bytes.length - at, at)
    if (count === 0) throw new Error('it is cut short')
    at += count
  }
  fs.closeSync(fd)
  let at = bytes.indexOf('\n') + 1
  const order = JSON.parse(bytes.toString('utf8', 0, at)) as Order
  const programs = order.sizes.map((size) => {
    at += size
    return bytes.subarray(at - size, at)
  })
  if (programs.length === 0 || at !== bytes.length) throw new Error('its sizes are wrong')
  return { order, programs }
}

/** Neither the user's code nor its children shall see how this came here. */
const cleanUp = ({ preload }: Order): void => {
  const { env, execArgv } = process
  delete env[ORDER]
  if (execArgv[0] === '--require' && execArgv[1] === preload) execArgv.splice(0, 2)
  // Where the user has options of his own there, ours stand before them.
  const options = env['NODE_OPTIONS']
  const own = `--require "${preload.replace(/["\\]/g, '\\$&')}" `
  if (options === own) delete env['NODE_OPTIONS']
  else if (options?.startsWith(own)) env['NODE_OPTIONS'] = options.slice(own.length)
}

const loadAddon = (path: string): Binding => {
  const module = { exports: {} }
  process.dlopen(module, path)
  return module.exports as Binding
}

/** The state of each thread, opened early: a filter may refuse to open anything. Read once, late (fs/seq_file.c). */
const openStatuses = (): readonly number[] =>
  fs.readdirSync('/proc/self/task').map((tid) => fs.openSync(`/proc/self/task/${tid}/status`, 'r'))

const readStatus = (fd: number): string => {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = Buffer.alloc(8192)
    const count = fs.readSync(fd, chunk, 0, chunk.length, null)
    if (count === 0) return Buffer.concat(chunks).toString('latin1')
    chunks.push(chunk.subarray(0, count))
  }
}

/** NaN before Linux 5.9, which tells no number. */
const filterCount = (status: string): number => {
  if (!/^Seccomp:\t2$/m.test(status)) return 0
  return Number(/^Seccomp_filters:\t(\d+)$/m.exec(status)?.[1] ?? Number.NaN)
}

const install = (binding: Binding, order: Order, programs: readonly Buffer[]): void => {
  const status = attempt("/proc/self/status can't be read", () =>
    fs.readFileSync('/proc/self/status', 'latin1'),
  )
  const statuses = attempt("the state of the threads can't be read", openStatuses)
  if (binding.probeFlags(order.flags) >= 0)
    end('a filter that is already in force answers seccomp(2) in the place of the kernel')
  for (const program of programs) {
    const result = binding.install(program, order.flags, order.noNewPrivileges)
    if (result > 0) end(`thread ${result} has a filter of its own and can't take another`)
    if (result < 0) end(`the kernel refuses the filter (errno ${-result})`)
  }
  const expected = filterCount(status) + programs.length
  for (const fd of statuses) {
    const count = filterCount(attempt('the state of a thread can not be read', () => readStatus(fd)))
    if (count !== expected && !Number.isNaN(count))
      end('the kernel took the filter, and a thread is without it')
    attempt('a descriptor can not be closed', () => fs.closeSync(fd))
  }
  const { digest, request, executions, warmPool: poolIsWarm } = order
  const done: Done = { digest, request, executions, filters: expected }
  Object.defineProperty(process, DONE, { value: Object.freeze(done) })
  const handed: HandedOver = { binding, status, poolIsWarm }
  Object.defineProperty(process, HANDED_OVER, { value: Object.freeze(handed) })
}

const begin = (fd: string): void => {
  const { order, programs } = attempt("the order for stage two can't be read", () => readOrder(Number(fd)))
  cleanUp(order)
  const binding = attempt(
    "the native addon can't be loaded (with --permission it takes --allow-addons, or start in one stage: stages: 1)",
    () => loadAddon(order.addon),
  )
  if (order.traps) {
    // biome-ignore lint/correctness/useImportExtensions: nobody rewrites the extension of a require
    const { catchViolations, forward } = require('../violations/hub.cjs') as HubModule
    forward(attempt("denied calls can't be caught", () => catchViolations(binding)))
  }
  if (order.signalsToKernel) {
    // biome-ignore lint/correctness/useImportExtensions: nobody rewrites the extension of a require
    const { leaveSignalsToKernel } = require('../default-signals.cjs') as { leaveSignalsToKernel(): void }
    leaveSignalsToKernel()
  }
  // libuv starts all of them at the first use (src/threadpool.c), and comes back when they run.
  if (order.warmPool) fs.access('/', () => {})
  let open = true
  const once = (): void => {
    if (open) install(binding, order, programs)
    open = false
  }
  if (!order.afterReading) {
    once()
    return
  }
  // This file stands where the program's own should: as the script, so that no Worker would have to read it again.
  const { argv } = process
  const entry =
    argv[2] ??
    end(
      "no file can be opened under the profile, and the program isn't in one: name its file, not standard input",
    )
  argv.splice(1, 2, resolve(entry))
  delete require.cache[__filename]
  Reflect.deleteProperty(process, 'mainModule')
  // biome-ignore lint/correctness/useImportExtensions: nobody rewrites the extension of a require
  const { loadProgram } = require('./first-line.cjs') as { loadProgram(run: () => void): void }
  loadProgram(once)
}

const given = process.env[ORDER]
if (given !== undefined) begin(given)
// A Worker takes over --require as well; it has the filter, as every thread.
else if (
  !(DONE in process) &&
  (require('node:worker_threads') as typeof import('node:worker_threads')).isMainThread
)
  end('stage two has no order, for the environment was changed')
