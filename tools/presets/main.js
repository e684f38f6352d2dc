// npm run presets: records what each Node at hand does, and writes it to tools/presets/recorded.
// npm run presets -- --check: records, and fails when a promise doesn't cover what its workloads do; writes nothing.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '../../out/core.js'
import { attempts } from '../../out/profile/presets/node/attempts.js'
import { withImplied } from '../../out/profile/presets/node/promises.js'
import { startPartner } from '../../test/node/workloads/partner.js'
import { uncovered } from './cover.js'
import { nodesAtHand } from './nodes.js'
import { plays, record } from './record.js'

/** The forms of a workload on one line, so that a change is easily read. */
const format = ({ startup, children, work, ...rest }) => {
  const lines = Object.fromEntries(Object.entries(work).map(([title, forms]) => [title, forms.join(' ')]))
  const record = { ...rest, startup: startup.join(' '), children: children.join(' '), work: lines }
  return `${JSON.stringify(record, undefined, 2)}\n`
}

const check = process.argv.includes('--check')
const folder = join(import.meta.dirname, 'recorded')

try {
  execFileSync('strace', ['-V'], { stdio: 'ignore' })
} catch {
  console.error('strace is missing, and with it the recording: apt-get install strace')
  process.exit(2)
}

const partner = await startPartner()
const tell = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)
let failed = false
for (const [major, node] of nodesAtHand()) {
  const rounds = check ? 1 : 2
  let done = 0
  const recorded = await record(node, {
    env: partner.env,
    rounds,
    onProgress: ({ title }) => tell(`Node ${major}: ${++done} of ${rounds * plays.length}, ${title}`),
  })
  tell('')
  const gaps = uncovered(recorded, { ...core, attempts, withImplied })
  for (const { where, form, promises } of gaps)
    console.error(`Node ${major} makes ${form} in ${where}, and ${promises.join(', ')} doesn't cover it`)
  failed ||= gaps.length > 0
  console.log(
    `Node ${recorded.node}: ${plays.length} workloads, ${gaps.length ? `${gaps.length} gaps` : 'all covered'}`,
  )
  if (check) continue
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `node-${major}-${recorded.arch}.json`), format(recorded))
}
partner.close()
if (failed) {
  console.error(
    'add the call to a promise, or to attempts if Node does well without it: lib/profile/presets/node',
  )
  process.exitCode = 1
}
