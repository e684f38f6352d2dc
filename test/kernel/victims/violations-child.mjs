// violations-child.mjs: forked under a profile that lets no file be opened; tells the parent what it was denied.
import { readFileSync } from 'node:fs'
import { violations } from '../../../dist/index.js'

const told = []
violations.on('violation', ({ message }) => told.push(message))
try {
  readFileSync('/etc/passwd')
} catch ({ code }) {
  violations.drain()
  process.send({ code, told }, () => process.disconnect())
}
