// Which promises a workload needs beside `run`: what the recorder holds the promises to.

/** @type {Readonly<Record<string, readonly string[]>>} */
export const needs = {
  idle: [],
  timers: [],
  gc: [],
  jit: [],
  wasm: [],
  buffers: [],
  console: [],
  errors: [],
  exit: [],
  uncaught: [],
  rejection: [],
  abort: [],
  self: [],
  memoryUsage: ['fsRead'],
  machine: ['fsRead'],
  title: [],
  cryptoSync: [],
  cryptoPool: ['threads'],
  zlib: ['threads'],
  ipc: ['ipc'],
  worker: ['workers'],
  workerFile: ['workers', 'fsRead'],
  fsRead: ['fsRead', 'threads'],
  importModule: ['fsRead'],
  fsWrite: ['fsWrite', 'threads'],
  sqlite: ['fsWrite'],
  watch: ['watch'],
  httpServer: ['netServer'],
  httpClient: ['netClient'],
  fetch: ['netClient', 'dns'],
  dns: ['dns'],
  udp: ['netServer', 'netClient'],
  unixSocket: ['unixSocket'],
  spawn: ['spawn'],
  spawnSync: ['spawn'],
  fork: ['spawn'],
  kill: ['spawn'],
  inspector: ['inspector'],
  profiler: ['inspector'],
  osInfo: ['osInfo'],
  report: ['report'],
  heapSnapshot: ['fsWrite'],
}

/**
 * Promises with which a workload does as well, where those are not what it is recorded for: any of the lists.
 * @type {Readonly<Record<string, readonly (readonly string[])[]>>}
 */
export const enough = {
  // A Worker is a thread; what `workers` adds Node does well without.
  worker: [['threads']],
  workerFile: [['threads', 'fsRead']],
  inspector: [['threads', 'netServer']],
  // Signals to its own threads.
  profiler: [
    ['threads', 'spawn'],
    ['threads', 'inspector'],
  ],
  report: [['fsWrite', 'osInfo']],
}
