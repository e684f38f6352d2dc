// What a filter costs a spawn: /bin/true under docker-default against /bin/true, until its 'exit' event, and the same of
// spawnSync. One of each in turn, first one and then the other, so that the machine's moods fall on both; medians.
// `node bench/spawn.js [pairs] [--json]`, after `npm run build`. A busy machine adds to the ratio, for a filtered program is
// scheduled once more; `chrt -f 10 node bench/spawn.js`, as root, is nearly as good as one that is idle.
import childProcess from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { spawn, spawnSync } from '../dist/index.js'
import { median } from './statistics.js'

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true })
const pairs = Number(positionals[0] ?? 300)
const WARM_UP = 20

const program = ['/bin/true', []]
const plain = { stdio: 'ignore' }
const filtered = { ...plain, seccomp: 'docker-default' }
const kinds = {
  spawn: [
    () => once(childProcess.spawn(...program, plain), 'exit'),
    () => once(spawn(...program, filtered), 'exit'),
  ],
  spawnSync: [() => childProcess.spawnSync(...program, plain), () => spawnSync(...program, filtered)],
}

/** In ms. */
const time = async (run) => {
  const begin = performance.now()
  await run()
  return performance.now() - begin
}

const compare = async (runs) => {
  const times = [[], []]
  for (let pair = -WARM_UP; pair < pairs; pair++)
    for (const which of pair % 2 ? [1, 0] : [0, 1]) {
      const took = await time(runs[which])
      if (pair >= 0) times[which].push(took)
    }
  const [without, under] = times.map(median)
  return { plain: without, 'docker-default': under, ratio: under / without }
}

const results = {}
for (const [kind, runs] of Object.entries(kinds)) results[kind] = await compare(runs)
if (values.json) console.log(JSON.stringify(results))
else
  for (const [kind, figures] of Object.entries(results)) {
    console.log(`${kind} of /bin/true, median of ${pairs} pairs, in ms`)
    for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(16)} ${value.toFixed(3)}`)
  }
