/**
 * Tinypool with child processes under node:reader: `node examples/pools/tinypool.js`.
 * No stricter one: with each answer Tinypool tells the child's memory, which Node reads in /proc.
 */
import { Tinypool } from 'tinypool'

const pool = new Tinypool({
  runtime: 'child_process',
  filename: new URL('attempts.js', import.meta.url).href,
  name: 'attempt',
  minThreads: 1,
  maxThreads: 2,
  execArgv: ['--import', import.meta.resolve('seccomp/register')],
  env: { SECCOMP_PROFILE: 'node:reader' },
})
for (const what of ['read a file', 'write a file', 'start a program', 'connect'])
  console.log(what, await pool.run(what))
await pool.destroy()
