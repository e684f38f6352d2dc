// What a filter costs a spawn: /bin/true under docker-default against /bin/true, until its 'exit' event. One of each in
// turn, so that the machine's moods fall on both; medians. `node bench/spawn.js [pairs]`, after `npm run build`.
import childProcess from 'node:child_process'
import { once } from 'node:events'
import { spawn } from '../dist/index.js'

const pairs = Number(process.argv[2] ?? 300)
const WARM_UP = 20

const time = async (start) => {
  const begin = performance.now()
  await once(start(), 'exit')
  return performance.now() - begin
}
const stdio = 'ignore'
const plain = () => childProcess.spawn('/bin/true', [], { stdio })
const filtered = () => spawn('/bin/true', [], { stdio, seccomp: 'docker-default' })

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
const times = { plain: [], filtered: [] }
for (let pair = -WARM_UP; pair < pairs; pair++) {
  const [first, second] = [await time(plain), await time(filtered)]
  if (pair < 0) continue
  times.plain.push(first)
  times.filtered.push(second)
}
const [without, under] = [median(times.plain), median(times.filtered)]
console.log(`spawn of /bin/true, median of ${pairs} pairs, in ms`)
console.log(`plain            ${without.toFixed(3)}`)
console.log(`docker-default   ${under.toFixed(3)}`)
console.log(`ratio            ${(under / without).toFixed(3)}`)
