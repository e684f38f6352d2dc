import { frozen } from '../rules.ts'
import { fsRead, fsWrite, watch } from './files.ts'
import { inspector, osInfo, report } from './insight.ts'
import { dns, netClient, netServer, unixSocket } from './network.ts'
import { ipc, spawn } from './processes.ts'
import type { NodePromise, PromiseName } from './promise.ts'
import { run } from './run.ts'
import { startup } from './startup.ts'
import { threads, workers } from './threads.ts'

/**
 * Every promise, by name. Measured on Node 20, 22, 24 and 26 by tools/presets, which fails when one needs more.
 * @example nodePromises.fsRead.grants.flatMap(({ names }) => names) // ['openat', …]
 */
export const promises: Readonly<Record<PromiseName, NodePromise>> = frozen({
  run,
  startup,
  threads,
  fsRead,
  fsWrite,
  watch,
  netClient,
  netServer,
  unixSocket,
  dns,
  ipc,
  spawn,
  workers,
  inspector,
  osInfo,
  report,
})

/** `names` and all they imply, each once, in the order of the list of promises; `run` always. */
export const withImplied = (names: readonly PromiseName[]): readonly PromiseName[] => {
  const all = new Set<PromiseName>()
  const add = (name: PromiseName): void => {
    if (all.has(name)) return
    all.add(name)
    promises[name].implies.forEach(add)
  }
  for (const name of ['run', ...names] as const) add(name)
  return (Object.keys(promises) as PromiseName[]).filter((name) => all.has(name))
}
