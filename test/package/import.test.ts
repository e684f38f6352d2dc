import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import * as core from '../../lib/core.ts'
import * as library from '../../lib/index.ts'
import * as testing from '../../lib/testing/index.ts'

/** What tools/bundle makes of lib/, as a program has it that imports the package by name. */
const run = (code: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: resolve(import.meta.dirname, '../..'),
      encoding: 'utf8',
      timeout: 30_000,
    }),
  )

/** A module's exports in words; also run as text in the other process. */
const describeExports = (module: object): readonly unknown[] =>
  Object.entries(module)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      if (typeof value !== 'function') return [name, typeof value, Object.keys(value as object)]
      const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function'
      const keys = Reflect.ownKeys(value).filter((key) => key !== 'prototype' || kind === 'class')
      // The bundler numbers what is called alike.
      return [name, kind, value.name.replace(/\$\d+$/, ''), value.length, keys.map(String).sort()]
    })

test('each entry exports what its source does: names, kinds, arguments, and what hangs on a function', () => {
  const described = run(`const described = ${describeExports}
    const all = [await import('seccomp'), await import('seccomp/core'), await import('seccomp/testing')]
    console.log(JSON.stringify(all.map(described)))`) as unknown[][]
  expect(described).toEqual(JSON.parse(JSON.stringify([library, core, testing].map(describeExports))))
})

test('importing loads classes and data alone, and the first call of any function the rest', () => {
  expect(
    run(`import { createRequire } from 'node:module'
      import { basename } from 'node:path'
      import { nameOf, SeccompError } from 'seccomp'
      const { cache } = createRequire(import.meta.url)
      const loaded = () => Object.keys(cache).map((path) => basename(path)).sort()
      const before = loaded()
      nameOf('x86_64', 0)
      console.log(JSON.stringify({ before, after: loaded() }))`),
  ).toEqual({
    before: ['first.cjs', 'index.cjs'],
    after: ['core.cjs', 'first.cjs', 'index.cjs', 'linux.cjs', 'pure.cjs', 'whole.cjs'],
  })
})

test('all entries share classes, data and what they know of a profile', () => {
  expect(
    run(`import * as all from 'seccomp'
      import * as core from 'seccomp/core'
      import { verify } from 'seccomp/testing'
      const shared = Object.keys(core).filter((name) => core[name] === all[name])
      const target = { arch: 'x86_64', kernel: '6.1', capabilities: 'none' }
      const filter = core.compile({ defaultAction: 'SCMP_ACT_ERRNO' }, target)
      const profile = core.parseProfileText('{ "defaultAction": "SCMP_ACT_ALLOW" }')
      const thrown = await verify('no-such-preset').catch((error) => error)
      console.log(JSON.stringify({
        shared,
        place: all.positionOf(profile),
        taken: all.preflight(filter, { node: 20, libc: { name: 'glibc' }, rings: 0, pool: 'cold', jit: true }).length > 0,
        thrown: thrown instanceof all.SeccompError,
      }))`),
  ).toEqual({
    shared: Object.entries(core)
      .filter(([, value]) => typeof value !== 'function' || /^class\b/.test(String(value)))
      .map(([name]) => name)
      .sort(),
    place: { pointer: '', line: 1, column: 1 },
    taken: true,
    thrown: true,
  })
})
