// run.js WORKLOAD [PRESET|-]: makes a workload ready, lets the recorder know or confines this process to the preset (-: it
// is confined already), and does the work. Prints {"works": value} or {"fails": code}; what ends the process otherwise is for who started it to see.
import { accessSync } from 'node:fs'
import * as workloads from './workloads.js'

const [name, preset] = process.argv.slice(2)

/** The recorder sees this call in the trace, and no program makes it otherwise. */
const mark = () => {
  try {
    accessSync('/seccomp-marker')
  } catch {}
}

const confine = async (preset) => {
  const { apply } = await import('../../../dist/index.js')
  apply(preset)
}

const codeOf = (error) => {
  if (error.errors?.length) return codeOf(error.errors[0])
  return error.code ?? (error.cause ? codeOf(error.cause) : error.name)
}

const all = new Map(Object.entries(workloads))
// `console_` and others are called what a global of Node is.
const prepare = all.get(name) ?? all.get(`${name}_`)

try {
  const work = await prepare()
  if (preset === undefined) mark()
  else if (preset !== '-') await confine(preset)
  console.log(JSON.stringify({ works: (await work()) ?? null }))
} catch (error) {
  console.log(JSON.stringify({ fails: codeOf(error), says: error.message }))
}
