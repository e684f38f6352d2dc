#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import commonjs from './part.cjs'
import { module } from './part.mjs'

const attempt = (use) => {
  try {
    return use()
  } catch (error) {
    return error.code
  }
}
process.send({
  module,
  commonjs,
  main: import.meta.main,
  line: /graph\.mjs:(\d+):/.exec(new Error('here').stack)[1],
  read: attempt(() => readFileSync(process.argv[1]).length > 0),
  late: await import('./late.mjs').then(
    () => 'loaded',
    (error) => error.code,
  ),
})
process.disconnect()
