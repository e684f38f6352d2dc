/**
 * Runs inside `docker build -f Dockerfile.test`: makes the copied checkout able to run the kernel suite here.
 * What came along from the host is used where it loads; otherwise this installs a compiler and builds from the sources.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const require = createRequire(join(root, 'package.json'))

/** When the newest file of these folders was written. */
const newest = (...folders) =>
  Math.max(
    ...folders
      .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )

/** Each throws where the checkout isn't ready. COPY keeps modification times, so a stale build shows. */
const checks = {
  'dist/ or out/ is missing or older than lib/': () => {
    if (Math.min(newest('dist'), newest('out')) < newest('lib')) throw new Error('run npm run build:lib')
  },
  'build/Release is missing or older than its sources': () => {
    if (newest('build/Release') < newest('native', 'test/native')) throw new Error('run npm run build:native')
  },
  'the native addon does not load here': () => require('./build/Release/seccomp.node'),
  'the launcher does not run here': () => {
    const { status, error } = spawnSync(join(root, 'build/Release/launcher'))
    if (status !== 125) throw error ?? new Error(`it ended with ${status}, not with its usage and 125`)
  },
  "the tests' own addon does not load here": () => require('./build/Release/raw_syscall.node'),
  'vitest does not load here': () => import('vitest/node'),
}

const missing = async () => {
  for (const [what, check] of Object.entries(checks)) {
    try {
      await check()
    } catch (error) {
      return `${what}: ${String(error.message).split('\n')[0]}`
    }
  }
  return undefined
}

const run = (command, ...args) => {
  console.log(`$ ${[command, ...args].join(' ')}`)
  execFileSync(command, args, { cwd: root, stdio: 'inherit' })
}
const onPath = (program) =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)))

const before = await missing()
if (before) {
  console.log(`${before}; building from the sources`)
  const wanted = ['python3', 'make', 'g++'].filter((program) => !onPath(program))
  if (wanted.length > 0 && !onPath('apt-get'))
    throw new Error(
      `${before}. This image has no ${wanted.join(', ')} to build it with: run \`npm ci\` first`,
    )
  if (wanted.length > 0) {
    run('apt-get', 'update')
    run('apt-get', 'install', '-y', '--no-install-recommends', ...wanted)
  }
  run('npm', 'ci')
  const after = await missing()
  if (after) throw new Error(after)
}
console.log('ready')
