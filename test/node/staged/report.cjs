// What a forked CommonJS module finds: itself, its surroundings, what it may do on the main thread and on the pool's.
const { execFileSync } = require('node:child_process')
const { readdirSync, readFileSync, readlinkSync } = require('node:fs')
const { readFile } = require('node:fs/promises')

const attempt = (use) => {
  try {
    return use()
  } catch (error) {
    return error.code
  }
}
const links = () =>
  readdirSync('/proc/self/fd').map((fd) => attempt(() => readlinkSync(`/proc/self/fd/${fd}`)))
const counts = () =>
  readdirSync('/proc/self/task').map((tid) =>
    Number(/^Seccomp_filters:\s(\d+)$/m.exec(readFileSync(`/proc/self/task/${tid}/status`, 'utf8'))?.[1]),
  )

const found = {
  main: require.main === module,
  id: module.id,
  script: process.argv[1] === __filename,
  args: process.argv.slice(2),
  execArgv: process.execArgv,
  nodeOptions: process.env.NODE_OPTIONS,
  ours: Object.keys(process.env).filter((name) => name.startsWith('SECCOMP_STAGE')),
  read: attempt(() => readFileSync(__filename).length > 0),
  run: attempt(() => String(execFileSync('/bin/echo', ['ran'])).trim()),
  rings: attempt(() => links().filter((link) => link.includes('io_uring')).length),
  memfds: attempt(() => links().filter((link) => link.includes('memfd')).length),
  filters: attempt(() => [...new Set(counts())]),
  early: globalThis.early,
}
const pool = readFile(__filename).then(
  () => 'read',
  (error) => error.code,
)
process.on('message', async (message) => {
  process.send({ ...found, pool: await pool, message })
  process.disconnect()
})
