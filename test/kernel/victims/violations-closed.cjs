// violations-closed.cjs MODE: gives up all but running, threads and programs among it, in a warm process, and tries them.
const { access } = require('node:fs/promises')
const { spawn } = require('node:child_process')
const { Worker } = require('node:worker_threads')

/** Rings, which Node from 22 on holds already, and all that stands before the call by which a thread or a program begins. */
const beside = ['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'pipe2', 'eventfd2', 'epoll_create1']
const profileOf = ({ syscalls, ...rest }) => ({
  ...rest,
  syscalls: [
    { names: beside, action: 'SCMP_ACT_ALLOW' },
    ...syscalls.map(({ names, ...rule }) => ({
      ...rule,
      names: names.filter((name) => !beside.includes(name)),
    })),
  ].filter(({ names }) => names.length > 0),
})
const attempt = (use) => {
  try {
    return use()
  } catch ({ code }) {
    return code
  }
}
const failure = (emitter) =>
  typeof emitter === 'string'
    ? emitter
    : new Promise((resolve) => emitter.once('error', ({ code }) => resolve(code)))

const main = async ([mode]) => {
  const { drop, nodeProfile, violations } = await import('../../../dist/index.js')
  await access('/')
  const told = new Set()
  violations.on('violation', ({ name }) => told.add(name))
  const { findings } = drop(profileOf(nodeProfile(['run'])), { onViolation: mode })
  const got = {
    worker: await failure(attempt(() => new Worker('', { eval: true }))),
    program: await failure(attempt(() => spawn('/bin/true', { stdio: 'ignore' }))),
    signal: attempt(() => process.kill(1, 0)),
    pool: await access('/').catch(({ code }) => code),
  }
  violations.drain()
  process.stdout.write(JSON.stringify({ got, told: [...told], findings: findings.length }))
}
main(process.argv.slice(2))
