// escape.cjs PRESET CALLS_JSON [worker]: confines itself and makes each call [door, number, ...arguments] past libc, on the
// main thread or on a Worker that was there before. Prints each error number, 0 for none.
const { join } = require('node:path')
const { isMainThread, parentPort, Worker } = require('node:worker_threads')
// Loaded before: afterwards no file may be opened.
const { syscall, int80 } = require(join(__dirname, '../../../build/Release/raw_syscall.node'))

const doors = { syscall, int80 }
const make = (calls) => calls.map(([door, number, ...args]) => doors[door](number, ...args.map(BigInt)).errno)

const main = async ([preset, text, where]) => {
  const { apply } = await import('../../../out/process/apply.js')
  const worker = where === 'worker' ? new Worker(__filename) : undefined
  if (worker) await new Promise((resolve) => worker.once('message', resolve))
  apply(preset)
  const calls = JSON.parse(text)
  if (!worker) return console.log(JSON.stringify(make(calls)))
  worker.once('message', (errors) => console.log(JSON.stringify(errors)))
  worker.postMessage(calls)
}

if (isMainThread) main(process.argv.slice(2))
else {
  parentPort.once('message', (calls) => parentPort.postMessage(make(calls)))
  parentPort.postMessage('loaded')
}
