// What Node programs do, one thing each. A workload first makes itself ready, as a program does before it is confined,
// and returns the work that is recorded, or tried under a preset; the value that the work gives says that it was done.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Set by who plays the workload: where a server for it listens, and how to be told that it listens itself. */
const partner = () => Number(process.env.PARTNER_PORT)
const listening = (port) => console.log(`listening ${port}`)
/** What partner.js has put there: file, link, module.mjs, module.cjs, worker.mjs, child.cjs. */
const scratch = () => process.env.SCRATCH

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
    return error.stack.split('\n').length > 3 && new Error('caught').stack.includes('workloads.js')
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

/** What a program asks about its own process. */
export const self = () => () =>
  [
    ...[process.pid, process.ppid, process.uptime(), process.cpuUsage().user, process.resourceUsage().maxRSS],
    ...[process.getuid(), process.geteuid(), process.getgid(), process.getegid()],
  ].every((value) => value >= 0)

/** libuv reads files of /proc and /sys for it. */
export const memoryUsage = () => () =>
  [
    ...[process.memoryUsage().heapUsed, process.memoryUsage.rss()],
    ...[process.constrainedMemory?.() ?? 1, process.availableMemory?.() ?? 1],
  ].every((value) => value >= 0)

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

/** Reads a file and a folder in every way there is. */
export const fsRead = async () => {
  const fs = await import('node:fs')
  const folder = scratch()
  const file = join(folder, 'file')
  return async () => {
    const texts = [fs.readFileSync(file, 'utf8'), await fs.promises.readFile(file, 'utf8')]
    for await (const chunk of fs.createReadStream(file)) texts.push(String(chunk))
    const handle = await fs.promises.open(file)
    await handle.read(Buffer.alloc(4), 0, 4, 2)
    await handle.readv([Buffer.alloc(2), Buffer.alloc(2)])
    await handle.readv([Buffer.alloc(2), Buffer.alloc(2)], 1)
    await handle.stat()
    await handle.close()
    const names = [fs.readdirSync(folder), await fs.promises.readdir(folder)]
    for await (const entry of await fs.promises.opendir(folder)) names.push([entry.name])
    fs.statSync(file)
    fs.lstatSync(file)
    fs.existsSync(file)
    fs.accessSync(file)
    fs.realpathSync(file)
    fs.realpathSync.native(file)
    fs.readlinkSync(join(folder, 'link'))
    fs.statfsSync(folder)
    process.chdir(folder)
    await fs.promises.access(file, fs.constants.R_OK)
    return new Set(texts).size === 1 && names.length
  }
}

export const importModule = () => async () =>
  (await import(join(scratch(), 'module.mjs'))).default +
  (await import(join(scratch(), 'module.cjs'))).default

/** Makes, changes and removes files and folders. */
export const fsWrite = async () => {
  const fs = await import('node:fs')
  const folder = join(scratch(), 'made')
  return async () => {
    fs.mkdirSync(folder)
    const [file, other] = [join(folder, 'file'), join(folder, 'other')]
    fs.writeFileSync(file, 'one')
    await fs.promises.appendFile(file, 'two')
    fs.copyFileSync(file, other)
    await fs.promises.cp(file, join(folder, 'third'))
    const handle = await fs.promises.open(file, 'r+')
    await handle.write('three', 2)
    await handle.writev([Buffer.from('four'), Buffer.from('five')])
    await handle.writev([Buffer.from('six'), Buffer.from('seven')], 0)
    await handle.truncate(4)
    await handle.chmod(0o600)
    await handle.utimes(1, 1)
    await handle.datasync()
    await handle.sync()
    await handle.close()
    fs.chmodSync(file, 0o644)
    fs.utimesSync(file, 1, 1)
    fs.lutimesSync(file, 1, 1)
    fs.truncateSync(file, 1)
    fs.chownSync(file, process.getuid(), process.getgid())
    fs.lchownSync(file, process.getuid(), process.getgid())
    fs.linkSync(file, join(folder, 'hard'))
    fs.symlinkSync(file, join(folder, 'soft'))
    fs.renameSync(other, join(folder, 'renamed'))
    fs.mkdirSync(join(folder, 'a/b'), { recursive: true })
    fs.mkdtempSync(join(folder, 'temporary-'))
    fs.createWriteStream(join(folder, 'stream')).end('text')
    await sleep(20)
    fs.rmdirSync(join(folder, 'a/b'))
    fs.unlinkSync(join(folder, 'hard'))
    await fs.promises.rm(folder, { recursive: true })
    return process.umask() >= 0 && !fs.existsSync(folder)
  }
}

/** Locks a file, and remaps memory over it. Node 20 has no SQLite. */
export const sqlite = async () => {
  const { DatabaseSync } = await import('node:sqlite').catch(() => ({}))
  return () => {
    if (!DatabaseSync) return 'absent'
    const database = new DatabaseSync(join(scratch(), 'database'))
    database.exec('create table t (n); pragma journal_mode = wal; insert into t values (42)')
    const { n } = database.prepare('select n from t').get()
    database.close()
    return n
  }
}

/** The partner, told of a folder, changes something in it. */
export const watch = async () => {
  const fs = await import('node:fs')
  return async () => {
    const watcher = fs.watch(scratch())
    console.log(`watching ${scratch()}`)
    const changed = once(watcher, 'change')
    const [event] = (await Promise.race([changed, sleep(5000, undefined, { ref: false })])) ?? ['nothing']
    watcher.close()
    return event
  }
}

/** Serves one request of the partner. */
export const httpServer = async () => {
  const { createServer } = await import('node:http')
  return async () => {
    const server = createServer((_, response) => response.end('served')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    listening(server.address().port)
    const [request] = await once(server, 'request')
    await once(request.socket, 'close')
    server.close()
    return request.method
  }
}

/** Fetches from the partner, whose address needs no looking up. */
export const httpClient = async () => {
  const { get } = await import('node:http')
  return async () => {
    const [response] = await once(get({ host: '127.0.0.1', port: partner(), agent: false }), 'response')
    response.setEncoding('utf8')
    let text = ''
    for await (const chunk of response) text += chunk
    return text
  }
}

/** The same by name, with WebAssembly and a thread of the pool. */
export const fetch_ = () => async () => {
  const response = await fetch(`http://localhost:${partner()}/`, { headers: { connection: 'close' } })
  return response.text()
}

/** A name of the hosts file, one by the resolver of the system, one by Node's own. */
export const dns = async () => {
  const { promises, Resolver } = await import('node:dns')
  const resolver = new promises.Resolver({ timeout: 300, tries: 1 })
  resolver.setServers([`127.0.0.1:${process.env.PARTNER_DNS}`])
  new Resolver()
  return async () => [(await promises.lookup('localhost')).family > 0, await resolver.resolve4('name.test')]
}

export const udp = async () => {
  const { createSocket } = await import('node:dgram')
  return async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    socket.setBroadcast(true)
    socket.setTTL(3)
    socket.setRecvBufferSize(4096)
    socket.send('datagram', socket.address().port, '127.0.0.1')
    const [message] = await once(socket, 'message')
    socket.close()
    return String(message)
  }
}

export const unixSocket = async () => {
  const { connect, createServer } = await import('node:net')
  const path = join(scratch(), 'socket')
  return async () => {
    const server = createServer((socket) => socket.end('served')).listen(path)
    await once(server, 'listening')
    const client = connect(path)
    await once(client, 'connect')
    const [text] = await once(client.setEncoding('utf8'), 'data')
    client.destroy()
    server.close()
    return text
  }
}

/** Over the channel that fork() gave this process, to who plays the workload. */
export const ipc = () => async () => {
  process.send({ question: 6 })
  const [answer] = await once(process, 'message')
  process.disconnect()
  return answer
}

export const spawn = async () => {
  const { exec, spawn } = await import('node:child_process')
  return async () => {
    const stdio = ['ignore', 'pipe', 'inherit']
    const child = spawn(process.execPath, ['-p', '6 * 7'], { stdio, detached: true, cwd: '/' })
    const [[text], [code]] = await Promise.all([
      once(child.stdout.setEncoding('utf8'), 'data'),
      once(child, 'close'),
    ])
    const shell = await new Promise((resolve, reject) =>
      exec('echo "$(ls / | wc -l)"; cat /dev/null', (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      ),
    )
    return [text.trim(), code, Number(shell) > 3]
  }
}

export const spawnSync_ = () => () => {
  const { error, status, stdout } = spawnSync('/bin/echo', ['said'], { encoding: 'utf8' })
  if (error) throw error
  return [status, stdout.trim()]
}

export const fork = async () => {
  const { fork } = await import('node:child_process')
  const module = join(scratch(), 'child.cjs')
  return async () => {
    const child = fork(module)
    const [answer, end] = [once(child, 'message'), once(child, 'exit')]
    answer.catch(() => {})
    // A child that could not be started has no channel, and tells why by its 'error' event.
    if (child.pid !== undefined) child.send(6)
    await end
    return (await answer)[0]
  }
}

/** Signal 0 asks only whether one may. */
export const kill = () => () => process.kill(process.ppid, 0)

/** A thread with an event loop and a heap of its own, from text. */
export const worker = async () => {
  const { Worker } = await import('node:worker_threads')
  return async () => {
    const code = `const { parentPort } = require('node:worker_threads')
      parentPort.once('message', (n) => parentPort.postMessage(n * 7))`
    const thread = new Worker(code, { eval: true })
    thread.postMessage(6)
    const [answer] = await once(thread, 'message')
    await thread.terminate()
    return answer
  }
}

/** The same from a file. */
export const workerFile = async () => {
  const { Worker } = await import('node:worker_threads')
  const file = join(scratch(), 'worker.mjs')
  return async () => {
    const thread = new Worker(file)
    const [answer] = await once(thread, 'message')
    await thread.terminate()
    return answer
  }
}

export const inspector = async () => {
  const { close, open, url } = await import('node:inspector')
  return () => {
    open(0, '127.0.0.1')
    const address = url()
    close()
    if (!address) throw Object.assign(new Error('the inspector did not start'), { code: 'NO_INSPECTOR' })
    return address.startsWith('ws:')
  }
}

/** The sampling profiler, in the process itself. */
export const profiler = async () => {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  return async () => {
    await session.post('Profiler.enable')
    await session.post('Profiler.start')
    // By its own clock, for the machine may be busy with others.
    for (let n = 0, begin = process.cpuUsage(); process.cpuUsage(begin).user < 200_000; n++) Math.sqrt(n)
    const { profile } = await session.post('Profiler.stop')
    // The first and the last are taken by the thread itself.
    if (profile.samples.length < 5)
      throw Object.assign(new Error('the profile is empty'), { code: 'NO_SAMPLES' })
    return true
  }
}

/** Everything that the os module tells. */
export const osInfo = async () => {
  const os = await import('node:os')
  return () =>
    [
      ...[os.cpus().length, os.availableParallelism(), os.freemem(), os.totalmem(), os.uptime() > 0],
      ...[os.loadavg().length, os.hostname().length, os.release().length, os.version().length],
      ...[os.userInfo().uid >= 0, os.getPriority() < 20, Object.keys(os.networkInterfaces()).length],
      ...[process.getgroups().length >= 0],
    ].every(Boolean)
}

export const report = () => {
  process.report.directory = scratch()
  return async () => {
    process.report.excludeNetwork = false
    const { header } = process.report.getReport()
    const file = process.report.writeReport('report.json')
    if (!file) throw Object.assign(new Error('the report was not written'), { code: 'NO_REPORT' })
    return [header.nodejsVersion === process.version, file]
  }
}

export const heapSnapshot = async () => {
  const { writeHeapSnapshot } = await import('node:v8')
  return () => writeHeapSnapshot(join(scratch(), 'heap.heapsnapshot')).length > 0
}
