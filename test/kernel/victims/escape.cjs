// escape.cjs: makes system calls past libc on the main thread, a thread of libuv's pool and a Worker, and prints as JSON what
// each answered: 0, or an error number. Reads JSON: { calls: [[door, number, ...arguments]], preset, filter, last }.
// Without `preset`, to apply, or `filter`, to install (hex), the main thread alone makes them and nothing forbids it.
// `last` is [thread, call], which may end the process.
const { readFileSync, writeSync } = require('node:fs')
const { once } = require('node:events')
const { access } = require('node:fs/promises')
const { join } = require('node:path')
const { isMainThread, parentPort, Worker } = require('node:worker_threads')
// Loaded before: afterwards no file may be opened.
const addon = require(join(__dirname, '../../../build/Release/raw_syscall.node'))

/** As the addon takes them. An argument that is a list of one path becomes a pointer to it. */
const encode = (calls) => {
  const words = new BigUint64Array(calls.length * 9)
  let text = ''
  calls.forEach(([door, number, ...args], row) => {
    let pointers = 0n
    const values = args.map((value, index) => {
      if (!Array.isArray(value)) return BigInt.asUintN(64, BigInt(value))
      pointers |= 1n << BigInt(index)
      const offset = text.length
      text += `${value[0]}\0`
      return BigInt(offset)
    })
    words.set([door === 'int80' ? 1n : 0n, BigInt(number), ...values], row * 9)
    words[row * 9 + 8] = pointers
  })
  return [words, new TextEncoder().encode(text)]
}

const main = async () => {
  const { calls, preset, filter, last } = JSON.parse(readFileSync(0, 'utf8'))
  const orders = encode(calls)
  const print = (answers) => writeSync(1, `${JSON.stringify(answers)}\n`)
  if (!preset && !filter) return print({ main: addon.attempts(...orders) })
  const worker = new Worker(__filename)
  await once(worker, 'message')
  // Threads that are there already, and whatever they load at their first work.
  await Promise.all(Array.from({ length: 8 }, () => access('/')))
  const threads = {
    main: async (...order) => addon.attempts(...order),
    pool: (...order) => addon.attemptsOnPool(...order),
    worker: async (...order) => {
      worker.postMessage(order)
      return (await once(worker, 'message'))[0]
    },
  }
  if (preset) (await import('../../../dist/index.js')).apply(preset)
  else (await import('../../../out/kernel/install.js')).installFilter(Buffer.from(filter, 'hex'))
  const answers = {}
  for (const name of ['main', 'pool', 'worker']) answers[name] = await threads[name](...orders)
  print(answers)
  if (last) print(await threads[last[0]](...encode([last[1]])))
  process.exit(0)
}

if (isMainThread) main()
else {
  parentPort.on('message', (order) => parentPort.postMessage(addon.attempts(...order)))
  parentPort.postMessage('loaded')
}
