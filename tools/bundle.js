/**
 * lib/ → dist/: one file for each entry of the package, and what they share in dist/chunks/. Loaded one by one, lib/'s
 * hundreds of files would take several times as long (bench/import-time.js). tsc has written the types beside them, and
 * out/: every file by itself, for benchmarks, tools and tests that look inside.
 */
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { rolldown } from 'rolldown'

const root = resolve(import.meta.dirname, '..')
const entries = [
  'index',
  'core',
  'process/register',
  'testing/index',
  'testing/vitest',
  'testing/jest',
  'cli/main',
]
/** The pure half, what talks to the kernel, and the rest as it comes: each verb of the command line by itself. */
const groups = [
  {
    name: 'pure',
    test: /\/lib\/(errors|core)\.ts$|\/lib\/(syscalls|bpf|profile|policy|filter|inspect|audit|export)\//,
  },
  // Importing `register` does something, so it is nobody's part.
  { name: 'linux', test: /\/lib\/(load(\.ts|\/)|kernel\/|process\/(?!register))/ },
]

const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(entries.map((entry) => [entry, `lib/${entry}.ts`])),
  platform: 'node',
  // Node's own modules and what the package depends on stay where they are.
  external: (name) => !/^[./]|^lib\//.test(name),
  onLog: (level, log) => {
    throw new Error(`${level}: ${log.message}`)
  },
})
rmSync(resolve(root, 'dist/chunks'), { recursive: true, force: true })
await bundle.write({
  dir: resolve(root, 'dist'),
  format: 'esm',
  chunkFileNames: 'chunks/[name].js',
  codeSplitting: { groups },
  comments: false,
})

// What a new process loads before anything else is CommonJS, and stays in files of its own.
for (const name of readdirSync(resolve(root, 'out/process'), { recursive: true }).filter((name) =>
  name.endsWith('.cjs'),
))
  cpSync(resolve(root, 'out/process', name), resolve(root, 'dist/process', name))
