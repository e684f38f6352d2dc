// drop.cjs: gives up programs, then new threads, then files, then directories, and tells after each what is left.
// CommonJS, for the loader of modules would start libuv's pool.
const { execFileSync } = require('node:child_process')
const { mkdirSync, readFileSync } = require('node:fs')
const { readFile } = require('node:fs/promises')
const { Worker } = require('node:worker_threads')
const { drop } = require('../../../out/process/drop.js')

const refusing = (names, errno = 'EACCES') => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names, action: 'SCMP_ACT_ERRNO', errno }],
})
const attempt = (use) => {
  try {
    use()
    return 'done'
  } catch (error) {
    return error.code
  }
}
const thread = async () => {
  try {
    const worker = new Worker('', { eval: true })
    return await new Promise((resolve, reject) => {
      worker.once('error', reject).once('exit', () => resolve('done'))
    })
  } catch (error) {
    return error.code
  }
}
const look = async () => ({
  program: attempt(() => execFileSync('/bin/true')),
  thread: await thread(),
  file: attempt(() => readFileSync('/etc/passwd')),
  pool: await readFile('/etc/passwd').then(
    () => 'done',
    (error) => error.code,
  ),
  folder: attempt(() => mkdirSync('/')),
})
const threadsOf = ({ threads }) => ({
  count: threads.length,
  filters: [...new Set(threads.map(({ filters }) => filters))],
})

const steps = [
  refusing(['execve', 'execveat']),
  {
    ...refusing(['clone', 'fork', 'vfork', 'rseq']),
    syscalls: [
      ...refusing(['clone', 'fork', 'vfork', 'rseq']).syscalls,
      ...refusing(['clone3'], 'ENOSYS').syscalls,
    ],
  },
  refusing(['open', 'openat', 'openat2']),
  refusing(['mkdir', 'mkdirat'], 'EPERM'),
]
const main = async () => {
  const told = []
  for (const [index, profile] of steps.entries()) {
    const applied = drop(profile)
    // Looking starts threads, and the second step is about a pool that nobody has used.
    if (index > 0) told.push({ ...threadsOf(applied), ...(await look()) })
  }
  let again = 'done'
  try {
    drop(refusing(['exit_group'], 'EPERM'))
  } catch (error) {
    again = error.code
  }
  console.log(JSON.stringify({ told, again }))
}
main()
