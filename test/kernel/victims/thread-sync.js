// thread-sync.js FILTER_HEX: a worker thread takes a filter for itself, then the main thread wants one for all.
import { readlinkSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { installFilter } from '../../../out/kernel/install.js'
import { processStatus } from '../../../out/kernel/status.js'

const take = (threads) => installFilter(Buffer.from(workerData ?? process.argv[2], 'hex'), { threads })

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] })
  worker.once('message', (tid) => {
    const before = processStatus()
    let failure = null
    try {
      take('all')
    } catch (error) {
      failure = { name: error.name, code: error.code, tid: error.tid, comm: error.comm }
    }
    console.log(JSON.stringify({ tid, failure, before, after: processStatus() }))
    worker.terminate()
  })
} else {
  take('calling')
  parentPort.once('message', () => {}) // stays until it is terminated
  parentPort.postMessage(Number(readlinkSync('/proc/thread-self').split('/').at(-1)))
}
