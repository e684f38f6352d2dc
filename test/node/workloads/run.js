// run.js WORKLOAD [PRESET]: makes a workload ready, lets the recorder know or confines this process to the preset, and
// does the work. Prints {"works": value} or {"fails": code}; what ends the process otherwise is for who started it to see.
import { accessSync } from 'node:fs'
import { access } from 'node:fs/promises'
import * as workloads from './workloads.js'

const [name, preset] = process.argv.slice(2)

/** All threads of libuv's pool, started. */
const warmPool = () => Promise.all(Array.from({ length: 16 }, () => access('/')))

/** The recorder sees this call in the trace, and no program makes it otherwise. */
const mark = () => {
  try {
    accessSync('/seccomp-marker')
  } catch {}
}

/** Before Node 24 a process can't see that its pool is warm, so preflight is told, and apply not asked again. */
const confine = async (preset) => {
  const { apply } = await import('../../../dist/process/apply.js')
  const { preflight } = await import('../../../dist/process/preflight.js')
  const { readSituation } = await import('../../../dist/process/situation.js')
  const { compile } = await import('../../../dist/kernel/compile.js')
  const filter = compile(preset)
  const situation = { ...readSituation(), ...(process.env.WARM && { pool: 'warm' }) }
  const fatal = preflight(filter, situation).filter(({ severity }) => severity === 'fatal')
  if (fatal.length > 0) throw new Error(fatal.map(({ message }) => message).join('\n'))
  apply(filter, { force: true })
}

const codeOf = (error) => {
  if (error.errors?.length) return codeOf(error.errors[0])
  return error.code ?? (error.cause ? codeOf(error.cause) : error.name)
}

const all = new Map(Object.entries(workloads))
// `console_` and others are called what a global of Node is.
const prepare = all.get(name) ?? all.get(`${name}_`)
const work = await prepare()
if (process.env.WARM) await warmPool()
if (preset) {
  await confine(preset)
} else mark()

try {
  console.log(JSON.stringify({ works: (await work()) ?? null }))
} catch (error) {
  console.log(JSON.stringify({ fails: codeOf(error), says: error.message }))
}
