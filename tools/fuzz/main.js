// npm run fuzz: looks for what the tests haven't found yet, for FUZZ_MINUTES (10), or until each step has run once. Every
// step prints the seed with which SECCOMP_SEED repeats it. Inputs that reach new code stay in test/fuzz/corpus, to be
// committed.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const minutes = Number(process.env.FUZZ_MINUTES ?? 10)
if (!(minutes > 0)) {
  console.error('FUZZ_MINUTES must be a number above 0')
  process.exit(2)
}
const until = Date.now() + minutes * 60_000
const failures = []

/** One run of vitest; what fails is told again at the end. */
const run = (what, env, args, seconds) => {
  const seed = process.env.SECCOMP_SEED ?? String(randomInt(2 ** 31))
  const settings = Object.entries({ SECCOMP_SEED: seed, ...env }).map(([name, value]) => `${name}=${value}`)
  const command = `${settings.join(' ')} npx vitest run ${args.join(' ')}`
  console.log(`\n${what}: ${command}`)
  const { status, error } = spawnSync(process.execPath, [vitest, 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SECCOMP_SEED: seed, ...env },
    // A reader that never ends blocks its process: test-results/fuzz/TARGET-running.txt has the inputs.
    timeout: (seconds + 300) * 1000,
    killSignal: 'SIGKILL',
  })
  if (status !== 0) failures.push(`${what}${error ? ` (${error.message})` : ''}: ${command}`)
}

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
const read = (path) => readFileSync(join(root, path), 'utf8')

// The readers, each in a process of its own, for half of the time.
const targets = [...read('test/fuzz/targets/index.ts').matchAll(/from '\.\/([\w-]+)\.ts'/g)].map(
  ([, name]) => name,
)
const seconds = Math.max(1, Math.round((minutes * 30) / targets.length))
for (const FUZZ_TARGET of targets)
  run(
    FUZZ_TARGET,
    { FUZZ_TARGET, FUZZ_SECONDS: String(seconds) },
    ['--project', 'unit', 'test/fuzz/fuzz.test.ts'],
    seconds,
  )

// The kernel's side once, at full length.
const leaks = { LEAK_ROUNDS: process.env.LEAK_ROUNDS ?? '10000' }
run('leaks', leaks, ['--project', 'kernel', 'test/kernel/leaks.test.ts'], 1800)
run('native code', { SANITIZE: '1' }, ['--project', 'kernel', 'test/kernel/sanitizers.test.ts'], 900)

// All property tests, again and again with other cases.
const properties = filesBelow('test').filter(
  (path) =>
    /^test\/(?!kernel|node|docker|container|package|differential|fuzz).*\.test\.ts$/.test(path) &&
    read(path).includes('fc.assert'),
)
do run('properties', {}, ['--project', 'unit', ...properties], 600)
while (Date.now() < until)

console.log(failures.length ? `\nfailed:\n${failures.join('\n')}` : '\nnothing found')
process.exitCode = failures.length ? 1 : 0
