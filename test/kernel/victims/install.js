// install.js FILTER_HEX[,FILTER_HEX]... OPTIONS_JSON: installs in a warmed-up process, then makes a directory on the main thread and on
// a thread of libuv's pool, and tells how that went and what the kernel says of every thread.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installFilter } from '../../../out/kernel/install.js'
import { processStatus } from '../../../out/kernel/status.js'

const [filter, options = '{}'] = process.argv.slice(2)
const scratch = mkdtempSync(join(tmpdir(), 'seccomp-install-'))
process.on('exit', () => rmSync(scratch, { recursive: true }))

// All four pool threads exist before the filter does.
await Promise.all(Array.from({ length: 8 }, () => access(scratch)))
const before = processStatus()

let failure = null
try {
  const programs = filter.split(',').map((each) => Buffer.from(each, 'hex'))
  installFilter(programs.length === 1 ? programs[0] : programs, JSON.parse(options))
} catch (error) {
  failure = {
    name: error.name,
    code: error.code,
    errno: error.errno,
    syscall: error.syscall,
    message: error.message,
  }
}

const outcome = (error) => error.code ?? String(error)
const main = (() => {
  try {
    mkdirSync(join(scratch, 'main'))
    return 'done'
  } catch (error) {
    return outcome(error)
  }
})()
const pool = await mkdir(join(scratch, 'pool')).then(() => 'done', outcome)

console.log(JSON.stringify({ failure, main, pool, before, after: processStatus() }))
