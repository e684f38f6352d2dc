// thread-filters.js: every thread gets a filter, a worker one more; says "there", and stays.
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { installFilter } from '../../../out/kernel/install.js'

installFilter(new Uint8Array([6, 0, 0, 0, 0, 0, 0xff, 0x7f]), { threads: isMainThread ? 'all' : 'calling' }) // ret ALLOW
if (isMainThread) {
  new Worker(import.meta.filename).on('message', () => console.log('there'))
  setInterval(() => {}, 1000)
} else {
  parentPort.postMessage('there')
  parentPort.on('message', () => {})
}
