// A Worker whose code comes as text, where no file can be opened.
const { Worker } = require('node:worker_threads')

const code = "require('node:worker_threads').parentPort.postMessage(process.execArgv)"
const tell = (message) => process.send({ worker: message }, () => process.disconnect())
new Worker(code, { eval: true }).on('message', tell).on('error', ({ message }) => tell(message))
