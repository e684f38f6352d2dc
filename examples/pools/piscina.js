/**
 * Piscina, whose workers are threads of one process, whole in a child of its own: `node examples/pools/piscina.js`.
 * The filter is the child's, and so that of its threads; they share memory, and are no boundary among each other.
 */
import { fileURLToPath } from 'node:url'
import { fork, nodeProfile } from 'seccomp'

const pool = fork(fileURLToPath(new URL('piscina-pool.js', import.meta.url)), [], {
  // Piscina loads its worker from a file.
  seccomp: nodeProfile(['workers', 'fsRead', 'ipc']),
})

let last = 0
const waiting = new Map()
pool.on('message', ({ id, result }) => {
  waiting.get(id)(result)
  waiting.delete(id)
})
const run = (task) =>
  new Promise((resolve) => {
    last += 1
    waiting.set(last, resolve)
    pool.send({ id: last, task })
  })

for (const what of ['read a file', 'write a file', 'start a program', 'connect'])
  console.log(what, await run(what))
pool.disconnect()
