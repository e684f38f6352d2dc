/**
 * lib/ → dist/. Loaded one by one, lib/'s hundreds of files would take several times as long (bench/import-time.js), so
 * they are joined in a few, in dist/chunks/:
 * - for programs on Node, CommonJS: the kind of which a part can be loaded in the middle of a function (late.js);
 * - for the command, and the pure half for browsers, ES modules.
 * Before them stand the entries of the package, ES modules all. tsc has written the types beside them, and out/:
 * every file by itself, for benchmarks, tools and tests that look inside.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { entries, isAtOnce, late } from './late.js'
import { exportsOf } from './survey.js'

const root = resolve(import.meta.dirname, '../..')
const dist = resolve(root, 'dist')

const pure = {
  name: 'pure',
  test: /\/lib\/(errors|given|core)\.ts$|\/lib\/(syscalls|bpf|profile|policy|filter|inspect|audit|export)\//,
}
const linux = { name: 'linux', test: /\/lib\/(load(\.ts|\/)|kernel\/|process\/)/ }

const bundle = async (input, plugins, output) => {
  const built = await rolldown({
    cwd: root,
    input,
    plugins,
    platform: 'node',
    // Node's own modules and what the package depends on stay where they are.
    external: (name) => !/^[./\0]|^lib\//.test(name),
    onLog: (level, log) => {
      throw new Error(`${level}: ${log.message}`)
    },
  })
  await built.write({ dir: dist, comments: false, ...output })
}

rmSync(resolve(dist, 'chunks'), { recursive: true, force: true })
await bundle({ core: 'lib/core.ts', 'cli/main': 'lib/cli/main.ts' }, [], {
  format: 'esm',
  chunkFileNames: 'chunks/[name].js',
  codeSplitting: { groups: [pure, linux] },
})
await bundle(
  {
    ...entries,
    testing: 'lib/testing/index.ts',
    'register-enforce': 'lib/process/register-enforce.ts',
  },
  [late],
  {
    format: 'cjs',
    entryFileNames: 'chunks/[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
    codeSplitting: { groups: [{ name: 'first', test: isAtOnce, priority: 1 }, pure, linux] },
  },
)

const write = (path, text) => {
  mkdirSync(dirname(resolve(dist, path)), { recursive: true })
  writeFileSync(resolve(dist, path), text)
}
/** An entry with the exports of lib's, whose code is a chunk's. */
const writeEntry = async (path, chunk, entry = path) => {
  const names = (await exportsOf(entry)).map(({ name }) => name)
  write(path, `export { ${names.join(', ')} } from '${chunk}'\n`)
}
await writeEntry('index.js', './chunks/index.cjs')
await writeEntry('chunks/core.js', './core.cjs', 'core.js')
await writeEntry('testing/index.js', '../chunks/testing.cjs')

/** What is a few lines stays as tsc wrote it, with the other entries in place of the files it imports. */
const copyEntry = (path, replaced) => {
  let text = readFileSync(resolve(root, 'out', path), 'utf8')
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(`"${from}"`)) throw new Error(`${path} doesn't import ${from} any more`)
    text = text.replaceAll(`"${from}"`, `'${to}'`)
  }
  write(path, text)
}
copyEntry('testing/vitest.js', { './matchers.js': './index.js' })
copyEntry('testing/jest.js', { './matchers.js': './index.js', '../errors.js': '../index.js' })
copyEntry('process/register.js', { './register-enforce.js': '../chunks/register-enforce.cjs' })

// What a new process loads before anything else is CommonJS already.
for (const name of readdirSync(resolve(root, 'out/process'), { recursive: true }).filter((name) =>
  name.endsWith('.cjs'),
))
  cpSync(resolve(root, 'out/process', name), resolve(dist, 'process', name))
