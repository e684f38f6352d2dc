/** What `import 'seccomp'` adds to the start of Node, against a module that does nothing. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { median, medianRatio, time } from './statistics.js'

export const importTime = (rounds) => {
  const folder = mkdtempSync(join(tmpdir(), 'import-'))
  try {
    const empty = join(folder, 'empty.mjs')
    const full = join(folder, 'full.mjs')
    writeFileSync(empty, '')
    writeFileSync(full, `import '${pathToFileURL(resolve(import.meta.dirname, '../dist/index.js'))}'\n`)
    const start = (file) =>
      time(() => {
        const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 30_000 })
        if (status !== 0) throw new Error(`${file} failed: ${stderr}`)
      })
    const base = []
    const loaded = []
    for (let round = 0; round < rounds; round++) {
      base.push(start(empty))
      loaded.push(start(full))
    }
    return {
      milliseconds: median(loaded.map((value, i) => value - base[i])),
      ratio: medianRatio(loaded, base),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
