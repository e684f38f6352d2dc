// Workloads of a program that computes: the event loop, V8, output, the end.
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'

/** Nothing but the event loop. */
export const idle = () => () => 'idle'

export const timers = () => async () => {
  const interval = setInterval(() => {}, 1)
  await Promise.all([sleep(5), new Promise(setImmediate), new Promise(process.nextTick)])
  clearInterval(interval)
  return performance.now() > 0 && Date.now() > 0 && process.hrtime.bigint() > 0n
}

/** Fills and drops the heap until V8 has collected it all several times and given memory back. */
export const gc = () => () => {
  let kept = []
  for (let round = 0; round < 60; round++) {
    kept = Array.from({ length: 40_000 }, (_, i) => ({ i, text: `${i}`, next: kept[i % 7] }))
    if (round % 5 === 0) kept = []
  }
  return kept.length
}

/** Functions hot enough for every tier of V8, and some made while running. */
export const jit = () => () => {
  let sum = 0
  for (let n = 0; n < 40; n++) {
    const f = new Function(
      'a',
      'b',
      `let s = ${n}; for (let i = 0; i < 60000; i++) s = (s * a + b + i) | 0; return s`,
    )
    for (let i = 0; i < 8; i++) sum ^= f(n, i)
  }
  return Number.isInteger(sum) && /^(a+)+b$/.test('aaaaab')
}

/** (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add) (memory (export "m") 1)) */
const wasmModule = Uint8Array.from(
  `0 97 115 109 1 0 0 0 1 7 1 96 2 127 127 1 127 3 2 1 0 5 3 1 0 1 7 11 2 3 97 100 100 0 0 1 109 2 0 10 9 1 7 0 32 0 32 1
   106 11`
    .trim()
    .split(/\s+/)
    .map(Number),
)
export const wasm = () => async () => {
  const { instance } = await WebAssembly.instantiate(wasmModule)
  instance.exports.m.grow(100)
  let sum = 0
  for (let i = 0; i < 200_000; i++) sum = instance.exports.add(sum, i)
  return Number.isInteger(sum)
}

export const buffers = () => () => {
  let bytes = 0
  for (let n = 0; n < 60; n++) bytes += Buffer.alloc(1 << 20, n).length + new Uint8Array(1 << 16).length
  const shared = new SharedArrayBuffer(1 << 16, { maxByteLength: 1 << 20 })
  shared.grow(1 << 20)
  return bytes + structuredClone(new ArrayBuffer(1 << 22)).byteLength + shared.byteLength
}

export const console_ = () => async () => {
  console.error('to the error stream')
  console.log('to the output stream')
  await new Promise((resolve) => process.stdout.write(`${'x'.repeat(200_000)}\n`, resolve))
  return process.stdout.fd
}

/** A stack overflow, an error with its stack and what else goes wrong in a program's ordinary life. */
export const errors = () => () => {
  const deep = () => deep() + 1
  try {
    deep()
  } catch (error) {
    return error.stack.split('\n').length > 3 && new Error('caught').stack.includes('computing.js')
  }
}

export const exit = () => () => {
  console.log(JSON.stringify({ works: 'exit' }))
  process.exit(0)
}

/** Ends with code 1 and the stack on the error stream. */
export const uncaught = () => async () => {
  console.log(JSON.stringify({ works: 'uncaught' }))
  setImmediate(() => {
    throw new Error('nobody catches this')
  })
  await sleep(5000)
}

export const rejection = () => async () => {
  console.log(JSON.stringify({ works: 'rejection' }))
  Promise.reject(new Error('nobody handles this'))
  await sleep(5000)
}

/** Ends by a signal. */
export const abort = () => () => {
  console.log(JSON.stringify({ works: 'abort' }))
  process.abort()
}

/** What a program asks about its own process; of its memory too, without a file. */
export const self = () => () =>
  process.umask() <= 0o777 &&
  [
    ...[getHeapStatistics().used_heap_size, getHeapSpaceStatistics().length],
    ...[process.pid, process.ppid, process.uptime(), process.cpuUsage().user, process.resourceUsage().maxRSS],
    ...[process.getuid(), process.geteuid(), process.getgid(), process.getegid()],
  ].every((value) => value >= 0)

/** libuv reads a file of /proc for it. */
export const memoryUsage = () => () => process.memoryUsage().heapUsed + process.memoryUsage.rss()

/** The same, but that nobody hears of a file that can't be read. */
export const machine = async () => {
  const { cpus } = await import('node:os')
  return () => {
    const facts = [cpus().length, process.availableMemory?.() ?? 1]
    if (facts.includes(0)) throw Object.assign(new Error(`it is told ${facts}`), { code: 'NO_FACTS' })
    return facts
  }
}

/** setTitle renames the thread; cwd is asked of the kernel. */
export const title = () => () => {
  process.title = 'renamed'
  return [process.title, process.cwd().length > 0]
}

/** Nothing of the event loop, no thread: what every program does with its memory of secrets. */
export const cryptoSync = async () => {
  const { createHash, randomBytes, randomUUID, scryptSync, createCipheriv } = await import('node:crypto')
  return () => {
    const key = scryptSync('password', 'salt', 32)
    const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12))
    return createHash('sha256').update(cipher.update(randomUUID())).digest().length
  }
}

/** Keys and hashes on the threads of libuv's pool. */
export const cryptoPool = async () => {
  const { pbkdf2, randomBytes, scrypt, subtle } = await import('node:crypto')
  const { promisify } = await import('node:util')
  return async () => {
    const done = await Promise.all([
      promisify(pbkdf2)('password', 'salt', 1000, 32, 'sha256'),
      promisify(scrypt)('password', 'salt', 32),
      promisify(randomBytes)(32),
      subtle.digest('SHA-256', new Uint8Array(64)),
    ])
    return done.length
  }
}

export const zlib = async () => {
  const { brotliCompress, gunzipSync, gzip } = await import('node:zlib')
  const { promisify } = await import('node:util')
  return async () => {
    const text = 'compressed '.repeat(10_000)
    const [gzipped, brotli] = await Promise.all([promisify(gzip)(text), promisify(brotliCompress)(text)])
    return gunzipSync(gzipped).toString() === text && brotli.length > 0
  }
}
