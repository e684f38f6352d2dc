#!/usr/bin/env node
/**
 * Writes docs/node-presets.md from the tables of promises, so that the page can't differ from them.
 * Usage: npm run build:lib && node tools/gen-node-presets-doc.js [--check]
 * `--check` writes nothing and exits 1 if the page is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isEnough, refused } from '../test/node/workloads/expectations.js'
import { enough, needs } from '../test/node/workloads/needs.js'

const page = new URL('../docs/node-presets.md', import.meta.url)
const out = new URL('../out/profile/presets/node/', import.meta.url)

const intro = `# Presets for Node

<!-- Made by tools/gen-node-presets-doc.js from lib/profile/presets/node and test/node/workloads. Edit those. -->

A preset for Node is a list of **promises**: what the program will need. What no promise needs is refused, by an error that JavaScript can catch.

\`\`\`js
import { writeFileSync } from 'node:fs'
import { fork } from 'seccomp'

writeFileSync('worker.cjs', \`
  const { readFileSync } = require('node:fs')
  process.on('message', (numbers) => {
    let file
    try { file = readFileSync('/etc/passwd', 'utf8') } catch ({ code }) { file = code }
    process.send({ sum: numbers.reduce((a, b) => a + b), file })
    process.disconnect()
  })\`)
const worker = fork('worker.cjs', [], { seccomp: 'node:compute' })
worker.on('message', (answer) => console.log(answer))
worker.send([1, 2, 3])
// prints: { sum: 6, file: 'EACCES' }
\`\`\`
`

const ways = `
## Ways to get under one

| way | when | note |
|---|---|---|
| \`fork(module, args, { seccomp: 'node:compute' })\` | a worker process | in two stages: Node starts, then the preset comes, then your first line runs |
| \`SECCOMP_PROFILE=node:reader node --import seccomp/register app.js\` | a program as it is | the same without a line of code |
| \`apply('node:compute')\` | this process, from now on | Node 22 and newer must have been started without io_uring ([applying in-process](in-process.md)) |
| \`seccomp run --profile node:http-server+startup -- node app.js\`, \`spawn('node', args, { seccomp: 'node:http-server+startup' })\` | one filter from the first instruction | \`+startup\` lets it read files, start threads and execute programs for good; without it Node itself is refused, unless the preset promises \`spawn\` |

A program with other needs names its promises:

\`\`\`js
import { compile, nodePresets, nodeProfile } from 'seccomp'

const profile = nodeProfile([...nodePresets['node:reader'].promises, 'unixSocket'])
console.log(profile.syscalls.at(-1).action)
console.log(compile(profile).proof.result)
console.log(compile(nodeProfile(['ipc'], { jitless: true })).proof.result)
// prints: SCMP_ACT_ERRNO
// prints: proved
// prints: proved
\`\`\`

\`jitless: true\`, or \`node:compute+jitless\`, is for Node under \`--jitless\`: no memory ever becomes executable. Otherwise V8 must be able to run what it writes. The promises are written for x86_64 and aarch64; measured on x86_64 with glibc.
`

const limits = `
## What they don't do

- **Paths.** A filter sees no path: \`fsRead\` is every file that the user may read, \`fsWrite\` every file that he may write. Add file permissions, a container or Landlock.
- **Addresses.** \`netClient\` connects to any address, that of a neighbour in the data centre too. A UDP socket sends to anybody, so a server gets none: promise \`netClient\` and \`netServer\` for one. \`unixSocket\` reaches every service of the machine that listens on one.
- **Pairs of sockets.** \`socketpair\` of unix streams is let through everywhere: both ends are the program's own and reach nobody. Node makes such pairs for the pipes of a child before it tries to start one; refused, each would emit an error that nobody handles, beside the one of \`spawn()\`.
- **Threads.** A thread is no process: where \`threads\` is promised, a Worker can be started, under the same filter. Without it (\`nodeProfile(['ipc'])\`) libuv's pool must run before; \`fork\` sees to that; \`inspector.open()\` then ends the process, which aborts.
- **Signals.** \`spawn\` can signal any process of the same user.
- **\`stdio: 'ignore'\`** opens /dev/null to write to it: with \`spawn\` alone that is \`EACCES\`; use pipes, or promise \`fsWrite\`.
- **Root.** Some calls do more for root: netlink (\`osInfo\`) sets routes then, \`chown\` gives files away. Run as an ordinary user.
- **Memory and time.** Nothing here limits them. That is what cgroups and \`resourceLimits\` are for.
- **Names of files.** fstat(2) of newer C libraries is a call that takes a path beside, so native code, not JavaScript, can ask whether a file exists and how large it is.
- **abort().** Where no signal may be sent it ends by SIGSEGV in place of SIGABRT.
- **32-bit programs** and x32 are ended (KILL_PROCESS), under \`spawn\` too.
`

const measured = `
## How they are measured

\`npm run presets\` plays workloads (test/node/workloads) under strace on every Node at hand and writes what each calls to tools/presets/recorded; \`npm run presets -- --check\` writes nothing and fails when a Node makes a call that the promises of the workload don't cover. Tests hold the tables to the recordings of Node 20, 22, 24 and 26, in both directions, and play every workload under every preset, in all ways (\`npm run test:nodes\`).
`

/** @param {string} text */
const code = (text) => `\`${text}\``
/** @param {readonly string[]} names */
const codes = (names) => names.map(code).join(' ')

const presetTable = ({ nodePresets }) => `
## The presets

| preset | for | promises |
|---|---|---|
${Object.entries(nodePresets)
  .map(([name, { title, promises }]) => `| ${code(name)} | ${title} | ${codes(promises)} |`)
  .join('\n')}
`

/** A call with a form has an asterisk. */
const calls = ({ grants }) => {
  const all = new Map()
  for (const { names, forms } of grants)
    for (const name of names) all.set(name, (all.get(name) ?? false) || forms.length === 0)
  return [...all].map(([name, always]) => `${name}${always ? '' : '\\*'}`).join(' ') || '—'
}

const promiseTable = ({ promises }) => `
## The promises

A promise brings those it implies. An asterisk: only in some forms, by the arguments.

| promise | lets the program | implies | calls |
|---|---|---|---|
${Object.entries(promises)
  .map(
    ([name, promise]) =>
      `| ${code(name)} | ${promise.title} | ${codes(promise.implies)} | ${calls(promise)} |`,
  )
  .join('\n')}

\`run\` also maps and protects memory: \`mmap\`, \`mprotect\`, \`pkey_mprotect\`, without PROT_EXEC where \`jitless\` is asked for. Why each call is there stands with it in lib/profile/presets/node, and as a comment in the profile.
`

/** The presets under which a workload does its work, each without its `node:`. */
const worksUnder = (workload, { nodePresets, withImplied }) =>
  Object.entries(nodePresets)
    .filter(([, { promises }]) =>
      isEnough((enough[workload] ?? [needs[workload]]).map(withImplied), new Set(withImplied(promises))),
    )
    .map(([name]) => name.replace('node:', ''))
    .join(', ') || 'none'

const refusedTable = (tables) => `
## What a program sees

| it does | without | it gets | where | works under |
|---|---|---|---|---|
${Object.entries(refused)
  .map(
    ([workload, [does, error, where]]) =>
      `| ${does} | ${codes(needs[workload])} | ${/^NO_/.test(error) ? '—' : code(error)} | ${where} | ${worksUnder(workload, tables)} |`,
  )
  .join('\n')}

A dash: without an exception, for Node itself gives none, so look at what comes back. In place of \`process.memoryUsage()\`, under each preset: \`v8.getHeapStatistics()\` and \`process.resourceUsage().maxRSS\`, the most it has had, in KB. Sampling where memory is allocated (\`HeapProfiler\`), coverage and \`process.report.getReport()\` work too. \`fs.existsSync()\` is false of what can't be looked at, as it always is. Node's trace events (\`createTracing().enable()\`) hang where their file can't be made, with a filter or without: leave them off under a preset without \`fsWrite\`.

Where files can't be read either, names can't be looked up at all: \`EAI_AGAIN\`. Computing, timers, output, WebAssembly, synchronous cryptography, an uncaught error with its stack, and \`process.exit()\` work under each preset.
`

const errorTable = ({ refusals }) => `
## Which error

\`EACCES\`, but for these:

| error | calls | why |
|---|---|---|
${refusals
  .map(
    ({ errno, names, why }) => `| ${code(errno === 38 ? 'ENOSYS' : 'EPERM')} | ${names.join(' ')} | ${why} |`,
  )
  .join('\n')}

EPERM for execve would make \`spawn()\` throw; at EACCES it gives its \`'error'\` event. At ENOSYS libraries fall back on another call, at any other error they fail or abort. Numbers above the newest call in the profile answer ENOSYS too.
`

const attemptTable = ({ attempts }) => `
## Refused, and no harm

Node and its libraries try these on their own, and do without:

| with | calls | why |
|---|---|---|
${Object.entries(attempts)
  .flatMap(([promise, groups]) =>
    groups.map(({ names, why }) => `| ${code(promise)} | ${names.join(' ')} | ${why} |`),
  )
  .join('\n')}
`

/** The whole page. */
export const render = (tables) =>
  [
    intro,
    presetTable(tables),
    ways,
    promiseTable(tables),
    refusedTable(tables),
    errorTable(tables),
    attemptTable(tables),
    limits,
    measured,
  ].join('')

export const load = async () => ({
  ...(await import(new URL('presets.js', out).href)),
  ...(await import(new URL('promises.js', out).href)),
  ...(await import(new URL('refused.js', out).href)),
  ...(await import(new URL('attempts.js', out).href)),
})

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = render(await load())
  if (!process.argv.includes('--check')) writeFileSync(page, text)
  else if (readFileSync(page, 'utf8') !== text) {
    console.error(
      'docs/node-presets.md is out of date: npm run build:lib && node tools/gen-node-presets-doc.js',
    )
    process.exitCode = 1
  }
}
