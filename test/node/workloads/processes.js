// Workloads with other processes and threads.
import { spawnSync } from 'node:child_process'
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

export const spawn = async () => {
  const { exec, spawn } = await import('node:child_process')
  return async () => {
    const stdio = ['ignore', 'pipe', 'inherit']
    const child = spawn(process.execPath, ['-p', '6 * 7'], { stdio, detached: true, cwd: '/' })
    const [[text], [code]] = await Promise.all([
      once(child.stdout.setEncoding('utf8'), 'data'),
      once(child, 'close'),
    ])
    const shell = await new Promise((resolve, reject) =>
      exec('echo "$(ls / | wc -l)"; cat /dev/null', (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      ),
    )
    return [text.trim(), code, Number(shell) > 3]
  }
}

export const spawnSync_ = () => () => {
  const { error, status, stdout } = spawnSync('/bin/echo', ['said'], { encoding: 'utf8' })
  if (error) throw error
  return [status, stdout.trim()]
}

export const fork = async () => {
  const { fork } = await import('node:child_process')
  const module = join(scratch(), 'child.cjs')
  return async () => {
    const child = fork(module)
    const [answer, end] = [once(child, 'message'), once(child, 'exit')]
    answer.catch(() => {})
    // A child that could not be started has no channel, and tells why by its 'error' event.
    if (child.pid !== undefined) child.send(6)
    await end
    return (await answer)[0]
  }
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
