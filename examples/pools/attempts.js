/** Things that a worker has no business doing; each resolves to 'works' or the error's code. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'

const attempts = {
  'read a file': () => readFile('/etc/passwd'),
  'write a file': () => writeFile('/dev/null', ''),
  'start a program': () => once(spawn('true', { stdio: 'ignore' }), 'exit'),
  connect: () => once(connect({ host: '127.0.0.1', port: 9 }), 'connect'),
}

export const attempt = (what) =>
  attempts[what]().then(
    () => 'works',
    ({ code }) => code,
  )
