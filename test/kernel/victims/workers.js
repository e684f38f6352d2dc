// workers.js ROUNDS: loads the addon in one worker thread after another and in four at a time, and uses it.
import { readdirSync } from 'node:fs'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { kernelSupport } from '../../../out/kernel/support.js'

const round = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url))
    let answer
    worker.on('message', (message) => {
      answer = message
    })
    worker.on('error', reject)
    worker.on('exit', (code) => resolve({ code, answer }))
  })

if (isMainThread) {
  const rounds = Number(process.argv[2])
  const results = [await round()]
  const descriptors = readdirSync('/proc/self/fd').length
  for (let done = 1; done < rounds; done++) results.push(await round())
  results.push(...(await Promise.all([round(), round(), round(), round()])))
  const leaked = readdirSync('/proc/self/fd').length - descriptors
  console.log(JSON.stringify({ results, leaked, main: kernelSupport().filters }))
} else {
  parentPort.postMessage(kernelSupport().filters)
}
