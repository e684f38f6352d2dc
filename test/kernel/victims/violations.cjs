// violations.cjs MODE: applies a profile in a warmed-up process, makes calls that it denies on the main thread, a thread of
// libuv's pool, a Worker and a Worker begun later, and tells what each got; with MODE trap also what came as violations.
const { access, mkdir } = require('node:fs/promises')
const { mkdirSync, rmdirSync } = require('node:fs')
const { createServer } = require('node:net')
const { join } = require('node:path')
const { Worker } = require('node:worker_threads')
const { syscall } = require(join(__dirname, '../../../build/Release/raw_syscall.node'))

const profile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] }],
  syscalls: [
    { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errno: 'EACCES' },
    { names: ['rmdir', 'unlinkat'], action: 'SCMP_ACT_KILL_PROCESS' },
    { names: ['listen'], action: 'SCMP_ACT_ERRNO', errno: 'EOPNOTSUPP' },
    { names: ['execve', 'execveat'], action: 'SCMP_ACT_ERRNO', errno: 'EACCES' },
    // A thread begins with all signals blocked around this one.
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errno: 'ENOSYS' },
  ],
}
const attempt = (use) => {
  try {
    use()
    return 'done'
  } catch ({ code }) {
    return code
  }
}
const events = (emitter, ...names) =>
  new Promise((resolve) => {
    for (const name of names) emitter.once(name, (value) => resolve(value?.code ?? value))
  })
const worker = () =>
  new Worker(
    `const { parentPort } = require('node:worker_threads')
    const { mkdirSync } = require('node:fs')
    parentPort.once('message', () => {
      try { mkdirSync('/') } catch ({ code }) { parentPort.postMessage(code) }
    })`,
    { eval: true },
  )
const askWorker = async (worker) => {
  worker.postMessage('go')
  const said = await events(worker, 'message')
  await worker.terminate()
  return said
}

const main = async ([mode]) => {
  const { apply, status, violations } = await import('../../../dist/index.js')
  await Promise.all(Array.from({ length: 8 }, () => access('/')))
  const early = worker()
  await events(early, 'online')

  const told = []
  violations.on('violation', (violation) => told.push(violation))
  let lost = 0
  violations.on('lost', (count) => {
    lost += count
  })
  apply(profile, { onViolation: mode })
  const { spawn } = require('node:child_process')
  const got = {
    main: attempt(() => mkdirSync('/')),
    killed: attempt(() => rmdirSync('/nowhere')),
    pool: await mkdir('/').then(
      () => 'done',
      ({ code }) => code,
    ),
    worker: await askWorker(early),
    laterWorker: await askWorker(worker()),
    server: await events(createServer().listen(0), 'listening', 'error'),
    program: await events(spawn('/bin/true', { stdio: 'ignore' }), 'exit', 'error'),
    // With what a caller of mkdirat leaves in the other registers; and by x32's number, where the CPU has that.
    raw: syscall(MKDIRAT, -100, 1, 0o755, 4, 5, 6).errno,
    x32: process.arch === 'x64' ? syscall(X32 + MKDIRAT, -100, 1).errno : 13,
  }
  violations.drain()
  const seen = told.splice(0)
  // More than are kept, and nobody takes any meanwhile.
  for (let count = 0; count < 3000; count++) attempt(() => mkdirSync('/'))
  violations.drain()
  console.log(
    JSON.stringify(
      {
        got,
        seen,
        main: process.pid,
        many: told.length,
        lost,
        threads: status().threads.map(({ tid }) => tid),
      },
      (_, value) => (typeof value === 'bigint' ? `${value}` : value),
    ),
  )
}
const MKDIRAT = process.arch === 'x64' ? 258 : 34
const X32 = 0x40000000
main(process.argv.slice(2))
