const { readFileSync } = require('node:fs')
const { Worker } = require('node:worker_threads')

const canOpen = () => {
  try {
    return readFileSync('/etc/passwd').length > 0
  } catch ({ code }) {
    return code
  }
}
const canThread = () =>
  new Promise((resolve, reject) => {
    new Worker('', { eval: true }).on('exit', () => resolve(true)).on('error', reject)
  }).catch(({ code }) => code)

module.exports = async (drop, violations) => {
  const denied = new Set()
  violations.on('violation', ({ name, errno }) => denied.add(`${name} ${errno}`))
  const before = { open: canOpen(), thread: await canThread() }
  const { filters, threads } = drop(['run', 'ipc'])
  const after = { open: canOpen(), thread: await canThread() }
  violations.drain()
  process.send({
    before,
    after,
    dropped: { filters: filters.length, threads: threads.length },
    denied: denied.has('openat EACCES'),
  })
  process.disconnect()
}
