// What a workload says where a promise that it needs isn't given: the code of an error that JavaScript catches. Measured on
// Node 20, 22, 24 and 26; docs/node-presets.md tells people.

/** What is tried, the code, and where it is told. */
export const refused = {
  memoryUsage: ['process.memoryUsage()', 'EACCES', 'exception'],
  machine: [
    'os.cpus(), process.availableMemory()',
    'NO_FACTS',
    'nowhere: an empty list, 0; os.availableParallelism(), totalmem() and freemem() know',
  ],
  fsRead: ['read a file or a folder', 'EACCES', 'exception, rejection'],
  importModule: [
    'load a module',
    'ERR_MODULE_NOT_FOUND',
    'rejection of import(); require() throws MODULE_NOT_FOUND',
  ],
  sqlite: ['open a database', 'ERR_SQLITE_ERROR', 'exception'],
  fsWrite: ['write a file, make a folder', 'EACCES', 'exception, rejection'],
  watch: ['fs.watch()', 'EACCES', 'exception'],
  httpServer: ['server.listen()', 'EACCES', "'error' event of the server"],
  httpClient: ['http.get(), net.connect()', 'EACCES', "'error' event of the request"],
  fetch: ['fetch()', 'EACCES', 'rejection; its cause has the code'],
  dns: ['dns.resolve()', 'ECONNREFUSED', 'rejection'],
  udp: ['bind a dgram socket', 'EACCES', "'error' event of the socket"],
  unixSocket: [
    'listen on a path, connect to one',
    'EACCES',
    "'error' event of the server, of the connection",
  ],
  spawn: ['spawn(), exec()', 'EACCES', "'error' event of the child"],
  spawnSync: ['spawnSync(), execSync()', 'EACCES', 'error in the result; execSync() throws it'],
  fork: ['fork()', 'EACCES', "'error' event of the child"],
  kill: ['process.kill()', 'EPERM', 'exception'],
  worker: ['new Worker(text, { eval: true })', 'ERR_WORKER_INIT_FAILED', "'error' event of the Worker"],
  workerFile: ['new Worker(file)', 'MODULE_NOT_FOUND', "'error' event of the Worker"],
  inspector: ['inspector.open()', 'NO_INSPECTOR', 'a line on the error stream; inspector.url() is undefined'],
  profiler: ['the sampling profiler', 'NO_SAMPLES', 'nowhere: the profile has no samples'],
  osInfo: ['os.userInfo(), os.networkInterfaces()', 'ERR_SYSTEM_ERROR', 'exception'],
  report: [
    'process.report.writeReport()',
    'NO_REPORT',
    'a line on the error stream; writeReport() returns an empty name',
  ],
  heapSnapshot: ['v8.writeHeapSnapshot()', 'EACCES', 'exception'],
}

/** Names can't even be asked for where the files of the resolver can't be read. */
const unread = { fetch: 'EAI_AGAIN', dns: 'EAI_AGAIN' }

/** Whether the promises are enough for one of the lists that a workload needs. */
export const isEnough = (alternatives, promises) =>
  alternatives.some((needed) => needed.every((promise) => promises.has(promise)))

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
  if (isEnough(alternatives, promises)) return endings[workload] ? `works, ${endings[workload]}` : 'works'
  return `fails with ${(!promises.has('fsRead') && unread[workload]) || refused[workload]?.[1]}`
}
