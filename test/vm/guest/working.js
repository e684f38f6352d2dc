// Run under docker-default: a worker thread, the thread pool, a file, a program; and what the profile refuses.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'

await readFile('/etc/passwd')
const worker = new Worker("require('node:worker_threads').parentPort.postMessage(6 * 7)", { eval: true })
const [answer] = await once(worker, 'message')
const { stderr } = spawnSync('unshare', ['-U', 'true'], { encoding: 'utf8' })
console.log(JSON.stringify({ answer, namespace: stderr }))
