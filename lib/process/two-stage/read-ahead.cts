/**
 * CommonJS is read when it is required, line by line of a program: too late where no file can be opened any more. So all
 * modules that a program names in so many words, `require('./part')`, are found and read before, and given from memory
 * then. None of them runs before it is required.
 *
 * A name that is put together while the program runs isn't found, and that require fails as any reading does.
 */
interface CommonJs {
  readonly filename?: string | null
  exports: unknown
  _compile(source: string, filename: string, format?: string): void
}
type Extension = (module: CommonJs, filename: string) => void
/** As everybody who changes how Node requires has it; not in the types of node:module. */
interface Loader {
  _resolveFilename: (request: string, parent?: CommonJs | null, ...rest: unknown[]) => string
  readonly _extensions: Record<'.js' | '.json', Extension>
}

const { readFileSync } = require('node:fs') as typeof import('node:fs')
const { extname, join } = require('node:path') as typeof import('node:path')
const { createRequire, isBuiltin, Module } = require('node:module') as typeof import('node:module') & {
  Module: Loader
}

/** A literal after `require(`, and in an ES module, whose graph may hold CommonJS, after `from` or `import`. */
const NAMED = /\b(?:require\s*\(|from|import\s*\(?)\s*(['"])((?:(?!\1)[^\\\n])+)\1/g

/** Kinds of which Node makes a module from text. */
const TEXT: ReadonlySet<string> = new Set(['', '.js', '.cjs', '.mjs', '.json'])

/** This package: its entries are ES modules in front of CommonJS, which can be given from memory. */
const dist = join(__dirname, '../..')
const COMMONJS_OF: Readonly<Record<string, string>> = {
  [join(dist, 'index.js')]: join(dist, 'chunks/index.cjs'),
  [join(dist, 'chunks/core.js')]: join(dist, 'chunks/core.cjs'),
}
/** What it requires by paths that it puts together. */
const UNNAMED = ['process/violations/hub.cjs', 'process/default-signals.cjs'].map((path) => join(dist, path))

const ignoring = <T,>(use: () => T): T | undefined => {
  try {
    return use()
  } catch {
    // It isn't there, or isn't to be read: whoever requires it is told so.
    return undefined
  }
}

/**
 * Reads what a program can name, from its entry on, and gives it to whoever requires it from now on.
 * @param entry the file's absolute path
 */
const readAhead = (entry: string): void => {
  const sources = new Map<string, string>()
  const resolved = new Map<string, string>()
  const waiting = [entry]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (sources.has(path) || !TEXT.has(extname(path))) continue
    const from = path
    const source = ignoring(() => readFileSync(from, 'utf8'))
    if (source === undefined) continue
    sources.set(path, source)
    if (path.endsWith('.json')) continue
    const names = Array.from(source.matchAll(NAMED), ([, , name]) => name!).filter((name) => !isBuiltin(name))
    if (names.length === 0) continue
    const { resolve } = createRequire(path)
    for (const name of names) {
      const file = ignoring(() => resolve(name))
      if (file === undefined) continue
      const own = COMMONJS_OF[file]
      const found = own ?? file
      resolved.set(`${path}\0${name}`, found)
      waiting.push(found, ...(own ? UNNAMED : []))
    }
  }
  // Node is still to load this one itself, in whichever way is right.
  sources.delete(entry)
  give(sources, resolved)
}

const give = (sources: ReadonlyMap<string, string>, resolved: ReadonlyMap<string, string>): void => {
  const { _extensions: extensions, _resolveFilename: resolveFilename } = Module
  Module._resolveFilename = function (request, parent, ...rest) {
    const known = resolved.get(`${parent?.filename}\0${request}`)
    return known ?? (sources.has(request) ? request : resolveFilename.call(this, request, parent, ...rest))
  }
  const { '.js': compile, '.json': parse } = extensions
  extensions['.js'] = (module, filename) => {
    const source = sources.get(filename)
    // An ES module that is required is Node's to judge.
    if (source === undefined || filename.endsWith('.mjs')) compile(module, filename)
    else module._compile(source, filename)
  }
  extensions['.json'] = (module, filename) => {
    const source = sources.get(filename)
    if (source === undefined) parse(module, filename)
    else module.exports = JSON.parse(source.replace(/^\uFEFF/, ''))
  }
}

module.exports = { readAhead }
