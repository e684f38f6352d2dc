/**
 * The main job, on this machine: the same Node program, first as it is, then under Docker's default profile.
 * `npm run demo`; needs Linux and no privilege. Exit code 0 only if the kernel denied what it should.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url))
const attempt = [process.execPath, pathOf('attempt.js')]

/** What attempt.js prints when `command` is run. */
const answers = ([file, ...args]) => {
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
  return JSON.parse(stdout)
}

const without = answers(attempt)
const filtered = answers([
  process.execPath,
  pathOf('../bin/seccomp.js'),
  'run',
  '--profile',
  'docker-default',
  '--',
  ...attempt,
])

const row = (...cells) =>
  console.log(
    cells
      .map((cell) => cell.padEnd(22))
      .join('')
      .trimEnd(),
  )
row('call', 'without', 'with docker-default')
for (const [index, [call, answer]] of without.entries()) row(call, answer, filtered[index][1])

if (without.some(([, answer]) => answer !== 'works' && answer !== 'EPERM'))
  console.log(
    '\nAnother error than EPERM: the call went through to the kernel, which has no use for it here.',
  )
if (without.some(([, answer]) => answer === 'EPERM'))
  console.log(
    '\nEPERM without our filter: something else, such as a container engine, denies it here as well.',
  )
const denied = filtered.every(([, answer]) => answer === 'EPERM')
console.log(denied ? '\nThe kernel denied all of it.' : '\nNot everything was denied: see the last column.')
process.exitCode = denied ? 0 : 1
