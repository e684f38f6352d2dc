/** Attach time of filters, by attach.c: the least of interleaved rounds, for whatever disturbs one only adds to it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const source = resolve(import.meta.dirname, 'attach.c')

/** Microseconds for each raw program. */
export const attachTimes = (filters, rounds) => {
  const folder = mkdtempSync(join(tmpdir(), 'attach-'))
  try {
    const binary = join(folder, 'attach')
    command('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', binary, source])
    const files = filters.map((bytes, i) => {
      const file = join(folder, `${i}.bpf`)
      writeFileSync(file, bytes)
      return file
    })
    const lines = command(binary, [String(rounds), ...files])
      .trim()
      .split('\n')
    const times = lines.map((line) => line.split(' ').map(Number))
    return filters.map((_, i) => Math.min(...times.map((round) => round[i])) / 1000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const command = (file, args) => {
  const { status, signal, error, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status === 0) return stdout
  throw new Error(`${file} failed: ${error?.message ?? signal ?? stderr}`)
}
