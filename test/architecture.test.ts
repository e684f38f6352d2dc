import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** Rooms from the ground up: a file may import from its own room and those before it (DESIGN: one-way imports). */
const order = [
  'errors',
  'given',
  'syscalls',
  'bpf',
  'profile',
  'policy',
  'filter',
  'inspect',
  'audit',
  'export',
  'core',
  'load',
  'kernel',
  'process/violations',
  'process/preflight',
  'process/spawn',
  'process/two-stage',
  'process',
  'testing',
  'index',
  'cli',
]
const lib = resolve(import.meta.dirname, '../lib')
const roomOf = (file: string): string => {
  const [outer, inner] = relative(lib, file).replace(/\.ts$/, '').split('/')
  return order.includes(`${outer}/${inner}`) ? `${outer}/${inner}` : outer!
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : []
  })

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^'"]*?from '([^']+)'|import\('([^']+)'\)/gm)]
    .map((match) => match[1] ?? match[2]!)
    .filter((name) => name.startsWith('.'))
    .map((name) => resolve(dirname(file), name))

test('imports run one way: from later rooms to earlier ones', () => {
  const files = filesBelow(lib)
  expect(files.length).toBeGreaterThan(30)
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => order.indexOf(roomOf(target)) > order.indexOf(roomOf(file)))
      .map((target) => `${relative(lib, file)} imports ${relative(lib, target)}`),
  )
  expect(upward).toEqual([])
})

test('every file stands in a known room', () => {
  expect([...new Set(filesBelow(lib).map(roomOf))].filter((room) => !order.includes(room))).toEqual([])
})
