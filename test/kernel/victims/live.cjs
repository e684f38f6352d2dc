// live.cjs PROFILE_JSON [OPTIONS_JSON] [warm]: what apply() says of a profile; then the profile by force, and Node's ordinary work. CommonJS,
// for the loader of modules would start libuv's pool. Progress goes to standard error as it happens, since the end may
// be sudden.
const { spawn } = require('node:child_process')
const { randomBytes } = require('node:crypto')
const { access } = require('node:fs/promises')
const { writeSync } = require('node:fs')
const { createServer, get } = require('node:http')
const { Worker } = require('node:worker_threads')
const { processStatus } = require('../../../out/kernel/status.js')
const { apply } = require('../../../out/process/apply.js')

const [text, options = '{}', warm] = process.argv.slice(2)
const profile = JSON.parse(text)
const asked = JSON.parse(options)

const tell = (line) => {
  try {
    writeSync(2, `${line}\n`)
  } catch {
    // The filter may refuse that as well.
  }
}

const ended = (emitter) => new Promise((resolve, reject) => emitter.on('exit', resolve).on('error', reject))
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const collect = () => {
  let kept = []
  for (let round = 0; round < 60; round++) {
    kept.push(
      Buffer.alloc(1 << 20),
      Array.from({ length: 20_000 }, (_, index) => ({ index })),
    )
    if (kept.length > 40) kept = []
  }
  const sum = new Function('n', 'let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum')
  for (let round = 0; round < 200; round++) sum(10_000)
}

const serve = () =>
  new Promise((resolve, reject) => {
    const server = createServer((_, response) => response.end('hello'))
    server.on('error', reject).listen(0, '127.0.0.1', () =>
      get({ port: server.address().port, agent: false }, (response) => {
        response.resume().on('end', () => server.close(resolve))
      }).on('error', reject),
    )
  })

const work = {
  idle: () => wait(30),
  collect,
  pool: () => access('/'),
  random: () => randomBytes(32),
  worker: () => ended(new Worker('require("node:fs").existsSync("/")', { eval: true })),
  child: () => ended(spawn('/bin/true')),
  serve,
}

const filters = () => processStatus().threads.map((thread) => thread.filters)

const main = async () => {
  if (warm) await Promise.all(Array.from({ length: 8 }, () => access('/')))
  try {
    const { findings } = apply(profile, asked)
    console.log(JSON.stringify({ findings }))
  } catch (error) {
    console.log(JSON.stringify({ refused: error.code, findings: error.findings, filters: filters() }))
    apply(profile, { ...asked, force: true })
  }
  for (const [step, task] of Object.entries(work)) {
    tell(step)
    try {
      await task()
    } catch (error) {
      tell(`${step}: ${error.code}`)
    }
  }
  tell('exit')
  process.exit(0)
}
main()
