/**
 * A cluster whose workers serve HTTP and can't open a socket: `node examples/pools/cluster.js`.
 * The primary listens and hands each worker the connections (SCHED_RR, Node's default), so a worker needs neither
 * `netServer` nor `netClient`: what comes over the channel is all the network there is for it.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { drop } from 'seccomp'
import { attempt } from './attempts.js'

const serve = async () => {
  const server = createServer(async (request, response) => {
    response.end(await attempt(decodeURIComponent(request.url.slice(1))))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  drop('node:compute')
  process.send('ready')
}

const run = async () => {
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({ execArgv: ['--import', import.meta.resolve('seccomp/register')] })
  const workers = [1, 2].map(() => cluster.fork({ SECCOMP_PROFILE: 'node:http-server' }))
  const ports = workers.map(async (worker) => (await once(worker, 'listening'))[0].port)
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const [port] = await Promise.all(ports)
  for (const what of ['read a file', 'write a file', 'start a program', 'connect'])
    console.log(what, await (await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(what)}`)).text())
  for (const worker of workers) worker.disconnect()
}

await (cluster.isPrimary ? run() : serve())
