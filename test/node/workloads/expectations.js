// What a workload says where a promise that it needs isn't given: the code of an error that JavaScript catches. Measured on
// Node 20, 22, 24 and 26; docs/node-presets.md tells people.

/** Code, and where it is told. */
export const refused = {
  memoryUsage: ['EACCES', 'exception'],
  cryptoPool: ['EAGAIN', 'nothing: the process aborts when the pool is cold'],
  fsRead: ['EACCES', 'exception, rejection'],
  importModule: ['ERR_MODULE_NOT_FOUND', 'rejection of import(); require() throws MODULE_NOT_FOUND'],
  sqlite: ['ERR_SQLITE_ERROR', 'exception'],
  fsWrite: ['EACCES', 'exception, rejection'],
  watch: ['EACCES', 'exception'],
  httpServer: ['EACCES', "'error' event of the server"],
  httpClient: ['EACCES', "'error' event of the request"],
  fetch: ['EACCES', 'rejection; its cause has the code'],
  dns: ['ECONNREFUSED', 'rejection'],
  udp: ['EACCES', "'error' event of the socket"],
  unixSocket: ['EACCES', "'error' event of the server, of the connection"],
  spawn: ['EACCES', "'error' event of the child"],
  spawnSync: ['EACCES', 'error in the result; execSync() throws it'],
  fork: ['EACCES', "'error' event of the child"],
  kill: ['EPERM', 'exception'],
  worker: ['ERR_WORKER_INIT_FAILED', "'error' event of the Worker"],
  workerFile: ['MODULE_NOT_FOUND', "'error' event of the Worker"],
  inspector: ['NO_INSPECTOR', 'a line on the error stream; inspector.url() is undefined'],
  profiler: ['NO_SAMPLES', 'nowhere: the profile has no samples'],
  osInfo: ['ERR_SYSTEM_ERROR', 'exception'],
  report: ['NO_REPORT', 'a line on the error stream; writeReport() returns an empty name'],
  heapSnapshot: ['EACCES', 'exception'],
}

/** Names can't even be asked for where the files of the resolver can't be read. */
const unread = { fetch: 'EAI_AGAIN', dns: 'EAI_AGAIN' }

/** How those end that end themselves; abort() takes its signal from the promises that let signals be sent. */
const endings = { uncaught: 'exit 1', rejection: 'exit 1' }

/**
 * What a workload comes to under promises, all that they imply among them.
 * @param {string} workload
 * @param {readonly (readonly string[])[]} alternatives what it needs, with all that is implied: any of these lists
 * @param {ReadonlySet<string>} promises
 */
export const expectation = (workload, alternatives, promises) => {
  if (workload === 'abort')
    return `works, ${promises.has('spawn') || promises.has('inspector') ? 'SIGABRT' : 'SIGSEGV'}`
  if (alternatives.some((needed) => needed.every((promise) => promises.has(promise))))
    return endings[workload] ? `works, ${endings[workload]}` : 'works'
  return `fails with ${(!promises.has('fsRead') && unread[workload]) || refused[workload]?.[0]}`
}
