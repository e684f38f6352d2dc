// leaks.js KIND ROUNDS: does one thing ROUNDS times, and tells what this process holds more of than after the first
// quarter: descriptors, children, memory in MB. KIND: spawn, spawnSync, refused, apply, workers.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { apply, compile, spawn, spawnSync } from '../../../out/index.js'

const [kind, count] = process.argv.slice(2)
const rounds = Number(count)
const small = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mount'], action: 'SCMP_ACT_ERRNO' }] }
const filter = compile(small)

const ended = (child, event) =>
  new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once(event, (code) => (code === 0 ? resolve() : reject(new Error(`${kind} ended with ${code}`))))
  })
const check = ({ status, error }) => {
  if (error || status !== 0) throw error ?? new Error(`${kind} ended with ${status}`)
}
const workerCode = `
  import { kernelSupport } from ${JSON.stringify(new URL('../../../out/kernel/support.js', import.meta.url).href)}
  if (!kernelSupport().filters) process.exit(1)`

const once = {
  spawn: () => ended(spawn('/bin/true', [], { seccomp: filter, stdio: 'ignore' }), 'close'),
  spawnSync: () => check(spawnSync('/bin/true', [], { seccomp: filter })),
  // A start that fails must give everything back as well.
  refused: () =>
    new Promise((resolve) =>
      spawn('/no/such/file', [], { seccomp: filter })
        .on('error', () => {})
        .once('close', resolve),
    ),
  apply: () => apply(filter),
  workers: () => ended(new Worker(new URL(`data:text/javascript,${encodeURIComponent(workerCode)}`)), 'exit'),
}[kind]

const children = () =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).length

const held = async () => {
  // An end is told before the process is gone.
  for (let tries = 0; tries < 100 && children() > 0; tries++) await setTimeout(50)
  globalThis.gc()
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    children: children(),
    memory: process.memoryUsage.rss() / 2 ** 20,
  }
}

const warm = Math.ceil(rounds / 4)
for (let done = 0; done < warm; done++) await once()
const before = await held()
for (let done = warm; done < rounds; done++) await once()
const after = await held()
console.log(
  JSON.stringify(Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]]))),
)
