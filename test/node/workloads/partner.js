// Who a workload talks to: a web server, a name server, and a client for workloads that serve; all outside of the preset.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An A record 192.0.2.1 for whatever name is asked, RFC 1035. */
const answer = (question) => {
  const header = Buffer.from([...question.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
  // One question follows twelve bytes: labels to a zero, then type and class.
  const asked = question.subarray(12, question.indexOf(0, 12) + 5)
  return Buffer.concat([header, asked, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1])])
}

const contents = {
  file: 'written before',
  'module.mjs': 'export default 7',
  'module.cjs': 'module.exports = 7',
  'worker.mjs': `import { parentPort } from 'node:worker_threads'\nparentPort.postMessage(42)`,
  'child.cjs': `process.on('message', (n) => { process.send(n * 7); process.disconnect() })`,
}

/** A folder of files for one workload. */
export const makeScratch = () => {
  const path = mkdtempSync(join(tmpdir(), 'seccomp-workload-'))
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(path, name), text)
  symlinkSync(join(path, 'file'), join(path, 'link'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Starts them; `env` tells a workload where they are, `close` ends them. */
export const startPartner = async () => {
  const server = createServer((_, response) => response.end('fetched'))
  // Some hosts files have ::1 for localhost first.
  server.listen(0, '127.0.0.1')
  const names = createSocket('udp4', (question, { port, address }) =>
    names.send(answer(question), port, address),
  )
  names.bind(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), once(names, 'listening')])
  return {
    env: { PARTNER_PORT: `${server.address().port}`, PARTNER_DNS: `${names.address().port}` },
    close: () => {
      server.closeAllConnections()
      server.close()
      names.close()
    },
  }
}

/** Does for a workload what its output and its messages ask for; returns what it printed when it has ended. */
export const attend = async (child) => {
  let [stdout, stderr] = ['', '']
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
  })
  const answered = new Set()
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk
    for (const [line, port, folder] of stdout.matchAll(/^(?:listening (\d+)|watching (.+))\n/gm)) {
      if (answered.has(line)) continue
      answered.add(line)
      if (port) get({ host: '127.0.0.1', port, agent: false }).on('error', () => {})
      else utimesSync(join(folder, 'file'), 1, 1)
    }
  })
  child.on('message', ({ question }) => child.send(question * 7, () => {}))
  const [code, signal] = await once(child, 'close')
  const line = /^\{"(?:works|fails)":.*\}$/m.exec(stdout)?.[0]
  return { code, signal, stdout, stderr, ...(line ? JSON.parse(line) : {}) }
}
