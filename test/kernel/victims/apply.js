// apply.js SOURCE_JSON OPTIONS_JSON FOLDER [worker]: applies in a warmed-up process (from a Worker, if so told), then makes
// a directory in FOLDER on the main thread and on a thread of libuv's pool, and tells how that went.
import { mkdirSync } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { apply, compile, status as processStatus } from '../../../dist/index.js'

const [source, options, folder, where] = workerData ?? process.argv.slice(2)
const counts = () => processStatus().threads.map((thread) => thread.filters)

const install = () => {
  const { url, compiled, target, ...rest } = JSON.parse(source)
  const what = url ? new URL(url) : compiled ? compile(compiled, target ?? {}) : (rest.profile ?? rest)
  try {
    const { filters, threads, findings } = apply(what, JSON.parse(options))
    return { instructions: filters.map(({ instructions }) => instructions.length), threads, findings }
  } catch (error) {
    return { failure: { name: error.name, code: error.code, message: error.message } }
  }
}

const tryAll = async () => {
  await Promise.all(Array.from({ length: 8 }, () => access(folder)))
  const before = counts()
  const applied = where === 'worker' ? await inWorker() : install()
  const outcome = (error) => error.code ?? String(error)
  let main = 'done'
  try {
    mkdirSync(join(folder, 'main'))
  } catch (error) {
    main = outcome(error)
  }
  const pool = await mkdir(join(folder, 'pool')).then(() => 'done', outcome)
  // Where nothing may be opened there is nothing to tell.
  let after = null
  try {
    after = counts()
  } catch {}
  console.log(JSON.stringify({ ...applied, main, pool, before, after }))
}

const inWorker = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: process.argv.slice(2) })
    worker.once('message', resolve).once('error', reject)
  })

if (isMainThread) await tryAll()
else parentPort.postMessage(install())
