// full.js: what each way to start a program says where this process has no descriptor left, as JSON. With a first argument,
// under a filter.
import childProcess from 'node:child_process'
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import * as seccomp from '../../../dist/index.js'

const [profile] = process.argv.slice(2)
const functions = profile ? seccomp : childProcess
const options = profile ? { seccomp: profile } : {}

const told = ({ code, message, syscall, path, spawnargs }) => ({ code, message, syscall, path, spawnargs })
const outcome = (child) =>
  new Promise((resolve) => {
    child.on('error', (error) => resolve({ event: told(error), pid: child.pid }))
    child.on('exit', (code) => resolve({ code }))
  })
const attempts = {
  spawn: () => outcome(functions.spawn('true', ['a'], options)),
  fork: () => outcome(functions.fork('/dev/null', [], options)),
  spawnSync: () => {
    const { error, pid } = functions.spawnSync('true', ['a'], options)
    return { error: error && told(error), pid }
  },
}
// What is read once, is read.
functions.spawnSync('true', options)
await outcome(functions.fork('/dev/null', [], options))
const before = readdirSync('/proc/self/fd').length
const found = {}
for (const [name, attempt] of Object.entries(attempts)) {
  const held = []
  try {
    for (;;) held.push(openSync('/dev/null'))
  } catch {}
  try {
    found[name] = await attempt()
  } catch (error) {
    found[name] = { thrown: told(error) }
  }
  for (const descriptor of held) closeSync(descriptor)
}
await new Promise(setImmediate)
writeSync(1, JSON.stringify({ found, left: readdirSync('/proc/self/fd').length - before }))
