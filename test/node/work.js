// What a Node program does all day, one thing of each kind; prints what it got. Run under a profile by the Node under test.
import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'

const scratch = mkdtempSync(join(tmpdir(), 'seccomp-work-'))
process.on('exit', () => rmSync(scratch, { recursive: true }))

const files = async () => {
  const watcher = watch(scratch)
  const seen = once(watcher, 'change')
  await writeFile(join(scratch, 'note'), 'written')
  await seen
  watcher.close()
  return readFile(join(scratch, 'note'), 'utf8')
}

const network = async () => {
  const server = createServer((_, response) => response.end('served')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://localhost:${server.address().port}`)
  const text = await response.text()
  server.closeAllConnections()
  server.close()
  return text
}

const thread = async () => {
  const worker = new Worker(`require('node:worker_threads').parentPort.postMessage('threaded')`, {
    eval: true,
  })
  const [message] = await once(worker, 'message')
  await worker.terminate()
  return message
}

const results = {
  files: await files(),
  network: await network(),
  thread: await thread(),
  child: spawnSync(process.execPath, ['-p', '"spawned"'], { encoding: 'utf8' }).stdout.trim(),
  crypto: createHash('sha256').update(randomUUID()).digest().length,
  zlib: String(brotliDecompressSync(brotliCompressSync('compressed'))),
  timer: await sleep(1, 'waited'),
  mode: /^Seccomp:\s(\d)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1],
}
console.log(JSON.stringify(results))
