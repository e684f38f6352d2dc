// drop-promises.js: keeps fewer and fewer promises, and sends what is left after each; forked in two stages, so that no
// io_uring is open.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { drop } from '../../../out/process/drop.js'

const attempt = (use) => {
  try {
    use()
    return 'done'
  } catch (error) {
    return error.code
  }
}
const listen = () =>
  new Promise((resolve) => {
    const server = createServer()
    server
      .once('error', ({ code }) => resolve(code))
      .listen(0, '127.0.0.1', () => server.close(() => resolve('done')))
  })
const look = async () => ({
  program: attempt(() => execFileSync('/bin/true')),
  read: attempt(() => readFileSync('/etc/passwd')),
  write: attempt(() => writeFileSync('/dev/null', '')),
  listen: await listen(),
})

const told = []
for (const promises of [['fsRead', 'netServer', 'ipc'], ['netServer', 'ipc'], ['ipc']]) {
  drop(promises)
  told.push(await look())
}
process.send({ told, unknown: attempt(() => drop(['run', 'fsReed'])) }, () => process.disconnect())
