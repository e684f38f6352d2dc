/** What `import 'seccomp'` adds to the start of Node, alone and with a first call, against a module that does nothing. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { median, medianRatio, time } from './statistics.js'

const url = pathToFileURL(resolve(import.meta.dirname, '../dist/index.js'))
const programs = {
  empty: '',
  imported: `import '${url}'`,
  compiled: `import { compile } from '${url}'
compile('docker-default', { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })`,
}

export const importTime = (rounds) => {
  const folder = mkdtempSync(join(tmpdir(), 'import-'))
  try {
    const start = (name) =>
      time(() => {
        const { status, stderr } = spawnSync(process.execPath, [join(folder, `${name}.mjs`)], {
          encoding: 'utf8',
          timeout: 30_000,
        })
        if (status !== 0) throw new Error(`${name} failed: ${stderr}`)
      })
    for (const [name, code] of Object.entries(programs))
      writeFileSync(join(folder, `${name}.mjs`), `${code}\n`)
    const took = { empty: [], imported: [], compiled: [] }
    for (let round = 0; round < rounds; round++)
      for (const name of Object.keys(programs)) took[name].push(start(name))
    const over = (name) => median(took[name].map((value, round) => value - took.empty[round]))
    return {
      milliseconds: over('imported'),
      millisecondsToFirstCompile: over('compiled'),
      ratio: medianRatio(took.imported, took.empty),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
