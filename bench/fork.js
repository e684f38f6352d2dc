// What two stages cost a fork: until the child's first message, under docker-default against a plain fork of the same
// module. One of each in turn, first one and then the other, so that the machine's moods fall on both; medians of the
// time, and the CPU time of the children. `node bench/fork.js [pairs]`, after `npm run build`.
import childProcess from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fork } from '../dist/index.js'

const pairs = Number(process.argv[2] ?? 100)
const WARM_UP = 5

const scratch = mkdtempSync(join(tmpdir(), 'seccomp-bench-'))
const kinds = { CommonJS: 'child.cjs', 'ES module': 'child.mjs' }
for (const name of Object.values(kinds))
  writeFileSync(join(scratch, name), 'process.send(process.cpuUsage(), () => process.disconnect())')

const profiles = {
  plain: undefined,
  'docker-default': 'docker-default',
  'no file opened': {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: ['open', 'openat', 'openat2', 'execve', 'clone'], action: 'SCMP_ACT_ERRNO', errno: 'EACCES' },
    ],
  },
}

/** In ms: until the first message, and user and system time of the child until then. */
const measure = async (module, seccomp) => {
  const begin = performance.now()
  const options = { execArgv: [], ...(seccomp && { seccomp }) }
  const child = (seccomp ? fork : childProcess.fork)(join(scratch, module), [], options)
  const [{ user, system }] = await once(child, 'message')
  const time = performance.now() - begin
  await once(child, 'exit')
  return { time, cpu: (user + system) / 1000 }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

for (const [kind, module] of Object.entries(kinds)) {
  const results = Object.fromEntries(Object.keys(profiles).map((name) => [name, []]))
  const order = Object.keys(profiles)
  for (let round = -WARM_UP; round < pairs; round++) {
    order.push(order.shift())
    for (const name of order) {
      const result = await measure(module, profiles[name])
      if (round >= 0) results[name].push(result)
    }
  }
  console.log(`fork until the first message, ${kind}, median of ${pairs}`)
  console.log('                     ms   ratio    CPU ms   ratio')
  const of = (name, what) => median(results[name].map((result) => result[what]))
  for (const name of Object.keys(profiles)) {
    const [time, cpu] = [of(name, 'time'), of(name, 'cpu')]
    const cells = [
      time.toFixed(1),
      (time / of('plain', 'time')).toFixed(3),
      cpu.toFixed(1),
      (cpu / of('plain', 'cpu')).toFixed(3),
    ]
    console.log(
      `${name.padEnd(16)}${cells.map((cell, index) => cell.padStart([7, 8, 10, 8][index])).join('')}`,
    )
  }
}
rmSync(scratch, { recursive: true })
