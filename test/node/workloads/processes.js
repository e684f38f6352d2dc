// Workloads with other processes and threads.
import { execFileSync, execSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { scratch } from './surroundings.js'

/** Over the channel that fork() gave this process, to who plays the workload. */
export const ipc = () => async () => {
  process.send({ question: 6 })
  const [answer] = await once(process, 'message')
  process.disconnect()
  return answer
}

/** How a child ended, whose pipes nobody listens to: what comes from them in place of its one error ends this process. */
const ended = (child) =>
  new Promise((resolve, reject) => {
    const errors = []
    child.on('error', (error) => errors.push(error))
    child.on('close', (code) => {
      if (errors.length === 0) resolve(code)
      else reject(errors.length === 1 ? errors[0] : new Error(`${errors.length} errors of one child`))
    })
  })

/** What all of them come to: they work, or fail by the same error. */
const alike = async (...ways) => {
  const results = await Promise.allSettled(ways.map((way) => way()))
  const failed = results.flatMap(({ reason }) => reason ?? [])
  const codes = new Set(failed.map(({ code, message }) => code ?? message))
  if (codes.size > 1 || (failed.length > 0 && failed.length < ways.length))
    throw new Error(`of ${ways.length} some fail: ${[...codes]}`)
  if (failed.length > 0) throw failed[0]
  return results.map(({ value }) => value)
}

export const spawn = async () => {
  const { exec, execFile, spawn } = await import('node:child_process')
  const { promisify } = await import('node:util')
  const answer = async () => {
    const child = spawn(process.execPath, ['-p', '6 * 7'], { detached: true, cwd: '/' })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    return [await ended(child), text.trim()]
  }
  const shell = async () =>
    Number((await promisify(exec)('echo "$(ls / | wc -l)"; cat /dev/null')).stdout) > 3
  return () =>
    alike(
      answer,
      shell,
      () => ended(spawn('true')),
      // For output it would be /dev/null, opened to be written to.
      () => ended(spawn('true', { stdio: ['ignore', 'inherit', 'inherit'] })),
      () => promisify(execFile)('true'),
      // Callers of this form have no promise to fail.
      () => new Promise((resolve, reject) => exec('true', (error) => (error ? reject(error) : resolve(0)))),
    )
}

export const spawnSync_ = () => () => {
  const said = (result) => {
    if (result.error) throw result.error
    return [result.status, result.stdout.trim()]
  }
  return alike(
    async () => said(spawnSync('/bin/echo', ['said'], { encoding: 'utf8' })),
    async () => said(spawnSync('cat', { input: 'said', encoding: 'utf8' })),
    async () => execFileSync('/bin/echo', ['said']).length,
    async () => execSync('echo said').length,
  )
}

export const fork = async () => {
  const { fork } = await import('node:child_process')
  const module = join(scratch(), 'child.cjs')
  const answer = async (options) => {
    const child = fork(module, options)
    let answer
    child.on('message', (message) => {
      answer = message
    })
    // A child that could not be started has no channel, and tells why by its 'error' event.
    if (child.pid !== undefined) child.send(6)
    await ended(child)
    return answer
  }
  return () =>
    alike(
      () => answer({}),
      () => answer({ silent: true }),
    )
}

/** Signal 0 asks only whether one may. */
export const kill = () => () => process.kill(process.ppid, 0)

/** A thread with an event loop and a heap of its own, from text. */
export const worker = async () => {
  const { Worker } = await import('node:worker_threads')
  return async () => {
    const code = `const { parentPort } = require('node:worker_threads')
      parentPort.once('message', (n) => parentPort.postMessage(n * 7))`
    const thread = new Worker(code, { eval: true })
    thread.postMessage(6)
    const [answer] = await once(thread, 'message')
    await thread.terminate()
    return answer
  }
}

/** The same from a file. */
export const workerFile = async () => {
  const { Worker } = await import('node:worker_threads')
  const file = join(scratch(), 'worker.mjs')
  return async () => {
    const thread = new Worker(file)
    const [answer] = await once(thread, 'message')
    await thread.terminate()
    return answer
  }
}
