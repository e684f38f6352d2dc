// thread.cjs warm|cold: a Worker confines its own thread, and both threads then read a file in either way.
// import() would use the pool on Node 20.
const { readFileSync, promises } = require('node:fs')
const { isMainThread, parentPort, Worker } = require('node:worker_threads')

const answer = (use) =>
  use.then(
    () => 'works',
    ({ code }) => code,
  )
const read = async () => ({
  sync: await answer((async () => readFileSync('/etc/passwd'))()),
  async: await answer(promises.readFile('/etc/passwd')),
})
const profile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['open', 'openat', 'openat2'], action: 'SCMP_ACT_ERRNO', errno: 'EACCES' }],
}

const main = async ([pool]) => {
  const { apply, unsafeApplyToThread } = require('../../../dist/index.js')
  const attempt = (use) => {
    try {
      return use() && 'done'
    } catch ({ code }) {
      return code
    }
  }
  const onMain = attempt(() => unsafeApplyToThread(profile))
  if (pool === 'warm') await promises.readFile('/etc/passwd')
  const worker = new Worker(__filename, { argv: [pool] })
  const inWorker = await new Promise((resolve) => worker.once('message', resolve))
  const applied = attempt(() => apply(profile))
  worker.postMessage('end')
  await new Promise((resolve) => worker.once('exit', resolve))
  console.log(JSON.stringify({ onMain, inWorker, applied, afterwards: await read() }))
}

const work = async () => {
  const { unsafeApplyToThread } = require('../../../dist/index.js')
  const { thread } = unsafeApplyToThread(profile)
  parentPort.postMessage({ mode: thread.mode, ...(await read()) })
  parentPort.once('message', () => {})
}

if (isMainThread) main(process.argv.slice(2))
else work()
