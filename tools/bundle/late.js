/**
 * What lets `import 'seccomp'` return before most of it is loaded. Classes and data are there at once; each exported
 * function first loads all the rest, when one of them is called for the first time: all, and before it does anything, for
 * after `apply` no file may be opened any more.
 */
import { relative, resolve } from 'node:path'
import { exportsOf, madeAtOnce } from './survey.js'

const lib = resolve(import.meta.dirname, '../../lib')
const sourceOf = (file) => resolve(lib, file.replace(/\.js$/, '.ts'))
const list = (items) => JSON.stringify(items).slice(1, -1)

const exported = await exportsOf('index.js')
const atOnce = await madeAtOnce(exported)
const sourcesAtOnce = new Set([...atOnce.files].map(sourceOf))

/** Whether a file of lib/ is loaded at once. */
export const isAtOnce = (path) => sourcesAtOnce.has(path)

/** What classes call late has a name of its own among what the chunk exports. */
const lateName = ({ file, own }) => `late_${file.replace(/\.js$/, '').replaceAll(/\W/g, '_')}_${own}`
const isOfNode = ({ file }) => /^(load|kernel|process)\b/.test(file)
const reexport = ({ file, own }) =>
  `export { ${own} as ${lateName({ file, own })} } from ${list([sourceOf(file)])}`

/** A function that is called through: it keeps name and length, and what hangs on it, as util.promisify's own form. */
const deferred = ({ name, own, value }) => {
  const lines = [`export const ${name} = later(${list([name, value.name, value.length])})`]
  for (const key of Reflect.ownKeys(value)) {
    if (['length', 'name', 'prototype'].includes(key)) continue
    const known = typeof key === 'symbol' && Symbol.keyFor(key)
    if (!known || typeof value[key] !== 'function')
      throw new Error(`${own} has ${String(key)}, which can't be had before it is loaded`)
    const symbol = `Symbol.for(${list([known])})`
    lines.push(
      `Object.defineProperty(${name}, ${symbol}, { value: (...args) => all().${name}[${symbol}](...args) })`,
    )
  }
  return lines.join('\n')
}

const modules = {
  index: `
let loaded
const all = () => {
  require('./core.cjs')
  loaded ??= require('./whole.cjs')
  return loaded
}
const later = (exported, name, length) => {
  let real
  const call = (...args) => {
    real ??= all()[exported]
    return real(...args)
  }
  return Object.defineProperties(call, { name: { value: name }, length: { value: length } })
}
${exported
  .map((each) =>
    each.isFunction
      ? deferred(each)
      : `export { ${each.own} as ${each.name} } from ${list([sourceOf(each.file)])}`,
  )
  .join('\n')}
// Another thread may close the files to all. node:worker_threads, which tells as well, would be a quarter of the import.
// Without an argument chdir throws on the main thread too, something else.
const isWorker = () => {
  try {
    process.chdir()
  } catch (error) {
    return error.code === 'ERR_WORKER_UNSUPPORTED_OPERATION'
  }
}
if (isWorker()) all()
else process.once('worker', all)
`,
  whole: [
    `export * from ${list([resolve(lib, 'index.ts')])}`,
    ...atOnce.late.filter(isOfNode).map(reexport),
  ].join('\n'),
  core: [
    `export * from ${list([resolve(lib, 'core.ts')])}`,
    ...atOnce.late.filter((each) => !isOfNode(each)).map(reexport),
  ].join('\n'),
}

/** What stands in a file's place for a class that calls its functions late. */
const lateModule = (source) =>
  atOnce.late
    .filter(({ file }) => sourceOf(file) === resolve(lib, source))
    .map((each) => {
      const chunk = isOfNode(each) ? './whole.cjs' : './core.cjs'
      const real = lateName(each)
      return `let ${real}\nexport const ${each.own} = (...args) => (${real} ??= require('${chunk}').${real})(...args)`
    })
    .join('\n')

const PREFIX = '\0late:'

/** Chunks of the Node half that `late` makes. */
export const entries = Object.fromEntries(Object.keys(modules).map((name) => [name, PREFIX + name]))

export const late = {
  name: 'late',
  resolveId(path, importer) {
    if (path.startsWith(PREFIX)) return path
    if (importer?.startsWith(PREFIX) && /^\.\/\w+\.cjs$/.test(path)) return { id: path, external: true }
    if (!importer || !isAtOnce(importer) || !path.startsWith('.')) return
    const source = resolve(importer, '..', path)
    if (!isAtOnce(source)) return PREFIX + relative(lib, source)
  },
  load(id) {
    if (!id.startsWith(PREFIX)) return
    const name = id.slice(PREFIX.length)
    return { code: modules[name] ?? lateModule(name), moduleSideEffects: true }
  },
  // What another bundler makes ES modules of has neither, until it is needed: require for Node's own, and __filename.
  renderChunk(code) {
    return code
      .replaceAll(/\brequire\(("node:[\w/]+")\)/g, 'process.getBuiltinModule($1)')
      .replaceAll(
        /\(0, \w+\.createRequire\)\(require\("url"\)\.pathToFileURL\(__filename\)\.href\)/g,
        'require',
      )
  },
}
