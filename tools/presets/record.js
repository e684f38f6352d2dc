// Every workload on one Node, as one record: which calls each makes, and which Node makes to start.
import { execFileSync } from 'node:child_process'
import { needs } from '../../test/node/workloads/needs.js'
import { trace } from './trace.js'

/** How a workload may be played beside the plain way: output over a pipe, into a file, to a terminal; no machine code. */
const quote = (args) => args.map((arg) => `'${arg}'`).join(' ')
const throughShell = (tail) => (command) => ['sh', ['-c', `${quote(command)} ${tail}`]]
const variants = [
  { title: 'console over a pipe', workload: 'console', through: throughShell('| cat') },
  {
    title: 'console into a file',
    workload: 'console',
    through: throughShell('> "$SCRATCH/out"; cat "$SCRATCH/out"'),
  },
  {
    title: 'console on a terminal',
    workload: 'console',
    through: (command) => ['script', ['-qec', quote(command), '/dev/null']],
  },
  { title: 'exit from a pipe', workload: 'exit', through: throughShell('| cat') },
  { title: 'gc without machine code', workload: 'gc', nodeOptions: ['--jitless'] },
  { title: 'worker without machine code', workload: 'worker', nodeOptions: ['--jitless'] },
  { title: 'idle without machine code', workload: 'idle', nodeOptions: ['--jitless'] },
]

export const plays = [...Object.keys(needs).map((workload) => ({ title: workload, workload })), ...variants]

/**
 * Records all of it, two at a time.
 * @param rounds how often; some calls depend on how threads happen to run
 */
export const record = async (node, { env, rounds = 1, onProgress = () => {} }) => {
  const work = {}
  const [startup, children] = [new Set(), new Set()]
  const queue = Array.from({ length: rounds }, () => plays).flat()
  const next = async () => {
    for (let play = queue.shift(); play; play = queue.shift()) {
      const traced = await trace(node, { ...play, env, channel: play.workload === 'ipc' })
      if (traced.said.works === undefined)
        throw new Error(
          `${play.title} doesn't work on ${node} even unconfined: ${JSON.stringify(traced.said)}`,
        )
      work[play.title] = new Set([...(work[play.title] ?? []), ...traced.work])
      // Others prepare something before their mark.
      if (play.workload === 'idle') for (const form of traced.startup) startup.add(form)
      for (const form of traced.children) children.add(form)
      onProgress(play)
    }
  }
  await Promise.all([next(), next()])
  const [version, libc] = JSON.parse(
    execFileSync(node, [
      '-p',
      'JSON.stringify([process.version, process.report.getReport().header.glibcVersionRuntime ?? "musl"])',
    ]),
  )
  const sorted = (set) => [...set].sort()
  return {
    node: version,
    arch: process.arch,
    libc,
    startup: sorted(startup),
    children: sorted(children),
    work: Object.fromEntries(plays.map(({ title }) => [title, sorted(work[title])])),
  }
}
