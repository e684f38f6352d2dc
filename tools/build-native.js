/**
 * Builds the native part into build/Release: `npm run build:native`, or `node tools/build-native.js` without npm.
 * Incremental: node-gyp's make rebuilds what changed. Headers are those that lie beside the running Node where they do
 * (distribution packages, official archives, npm's node-linux-* packages), so that nothing is downloaded; else node-gyp
 * fetches them as usual.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const supported = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)

if (!supported) {
  console.log(
    `build-native: nothing to build on ${process.platform} ${process.arch}; the pure part works here`,
  )
} else {
  const nodedir = resolve(process.execPath, '../..')
  const headers = existsSync(resolve(nodedir, 'include/node/node_api.h')) ? [`--nodedir=${nodedir}`] : []
  const nodeGyp = resolve(
    dirname(createRequire(import.meta.url).resolve('node-gyp/package.json')),
    'bin/node-gyp.js',
  )
  const args = [nodeGyp, 'configure', 'build', '--loglevel=warn', ...headers, ...process.argv.slice(2)]
  const { status, signal, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) {
    console.error(
      `build-native: node-gyp failed (${signal ?? `exit ${status}`}); it needs python3, make and g++ (Debian: ` +
        'apt-get install python3 make g++; Alpine: apk add python3 make g++)',
    )
    process.exitCode = 1
  }
}
