/**
 * libseccomp.c from JavaScript: compile it, hand it policies, read the programs that libseccomp makes of them.
 * Plain JavaScript, for tests and benchmarks alike; types in libseccomp.d.ts.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const source = resolve(import.meta.dirname, 'libseccomp.c')
const remedy = 'it needs a C compiler and the header (Debian: apt-get install gcc libseccomp-dev)'

/** Build the opponent in a temporary folder, gone when the process ends. */
export const openLibseccomp = () => {
  if (process.platform !== 'linux') return { missing: 'libseccomp exists on Linux only' }
  const folder = mkdtempSync(join(tmpdir(), 'libseccomp-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const binary = join(folder, 'libseccomp')
  const cc = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', binary, source, '-lseccomp'], {
    encoding: 'utf8',
  })
  if (cc.status !== 0) {
    const why = cc.error?.message ?? cc.stderr
    if (process.env.CI)
      throw new Error(`libseccomp.c doesn't compile, and CI must have it; ${remedy}\n${why}`)
    return { missing: `libseccomp.c doesn't compile here; ${remedy}` }
  }
  const ask = (text) => {
    const { status, signal, error, stderr, stdout } = spawnSync(binary, [], {
      input: text,
      maxBuffer: 1 << 30,
      timeout: 120_000,
    })
    if (status === 0) return stdout
    throw new Error(`libseccomp.c failed: ${error?.message ?? signal ?? stderr.toString()}`)
  }
  return { build: (policies) => readAnswers(ask(policies.map(policyText).join(''))), resolve: resolver(ask) }
}

/** Numbers of names on an architecture, as libseccomp has them: negative for none. */
const resolver = (ask) => (arch, names) => {
  const answers = ask(names.map((name) => `resolve ${arch} ${name}\n`).join('')).toString()
  return (answers.match(/-?\d+/g) ?? []).map(Number)
}

const policyText = ({ defaultAction, defaultErrnoRet, optimize = 1, architectures, syscalls }) => {
  const lines = [`filter ${defaultAction} ${defaultErrnoRet ?? '-'} ${optimize}`]
  for (const arch of architectures) lines.push(`arch ${arch}`)
  for (const { names, action, errnoRet, args } of syscalls) {
    const conditions = args.map(({ index, op, value, valueTwo }) => ` ${index} ${op} ${value} ${valueTwo}`)
    for (const name of names) lines.push(`rule ${action} ${errnoRet ?? '-'} ${name}${conditions.join('')}`)
  }
  return `${lines.join('\n')}\nbuild\n`
}

const readAnswers = (output) => {
  const answers = []
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(10, at)
    const [kind, ...rest] = output.toString('latin1', at, end).split(' ')
    at = end + 1
    if (kind === 'error') answers.push({ error: rest.join(' ').trim() })
    else {
      const size = Number(rest[0])
      answers.push({ bytes: output.subarray(at, at + size), nanoseconds: Number(rest[1]) })
      at += size
    }
  }
  return answers
}
