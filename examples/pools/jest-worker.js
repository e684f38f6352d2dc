/**
 * jest-worker with child processes under a preset: `node examples/pools/jest-worker.js`.
 * The children start under node:reader, by seccomp/register; the task's own module then gives up reading files too.
 */
import { fileURLToPath } from 'node:url'
import { Worker } from 'jest-worker'

const pool = new Worker(fileURLToPath(new URL('jest-task.js', import.meta.url)), {
  numWorkers: 2,
  exposedMethods: ['sum', 'attempt'],
  forkOptions: {
    execArgv: ['--import', import.meta.resolve('seccomp/register')],
    env: { SECCOMP_PROFILE: 'node:reader' },
  },
})
pool.getStderr().pipe(process.stderr)
console.log('sum', await pool.sum([1, 2, 3]))
for (const what of ['read a file', 'write a file', 'start a program', 'connect'])
  console.log(what, await pool.attempt(what))
await pool.end()
