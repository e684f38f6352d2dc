/**
 * Running something between the reading of a program and its first line: for a profile that lets no file be opened. By
 * then the entry is read; of ES modules all that it imports by name, of CommonJS what it requires by name.
 *
 * The known ways to a first line are watched. On any other the filter comes before the reading, which then fails.
 */
/** What the types of node:module lack, or have by other names. */
interface Loading {
  readonly Module: {
    runMain: (main?: string) => void
    readonly prototype: { _compile: (...args: unknown[]) => unknown }
  }
  /** Since Node 22.15. */
  readonly registerHooks?: (hooks: { readonly load: Load }) => { deregister(): void }
}
type Load = (url: string, context: object, next: (url: string, context: object) => Loaded) => Loaded
interface Loaded {
  readonly format?: string | null
  readonly source?: string | Uint8Array | null
}
type Run = () => void

const { readFileSync, realpathSync } = require('node:fs') as typeof import('node:fs')
const { dirname, join } = require('node:path') as typeof import('node:path')
const { pathToFileURL } = require('node:url') as typeof import('node:url')
const { Module, registerHooks } = require('node:module') as unknown as Loading
// biome-ignore lint/correctness/useImportExtensions: nobody rewrites the extension of a require
const { readAhead } = require('./read-ahead.cjs') as { readAhead(entry: string): void }

/** Node hands what it has read to this function, and what is compiled runs at once. */
const beforeCommonJs = (run: Run): void => {
  const { _compile: compile } = Module.prototype
  Module.prototype._compile = function (...args) {
    Module.prototype._compile = compile
    run()
    return Reflect.apply(compile, this, args)
  }
}

const NAME = 'seccomp.firstLine'
/** Imported first, it is evaluated first: after everything has been read and linked. */
const FIRST_IMPORT = `import'data:text/javascript,globalThis[Symbol.for("${NAME}")]()';`

const offer = (run: Run): void => {
  const key = Symbol.for(NAME)
  const value = (): void => {
    Reflect.deleteProperty(globalThis, key)
    run()
  }
  Object.defineProperty(globalThis, key, { value, configurable: true })
}

const throughHooks = (run: Run, register: NonNullable<Loading['registerHooks']>): void => {
  const hooks = register({
    load: (url, context, next) => {
      const loaded = next(url, context)
      // CommonJS goes to _compile; a module that only its syntax shows to be one comes here again.
      if (!loaded.format || loaded.format.startsWith('commonjs')) return loaded
      hooks.deregister()
      if (!loaded.format.startsWith('module') || !loaded.source) {
        run()
        return loaded
      }
      offer(run)
      const source = Buffer.from(loaded.source as Uint8Array).toString('utf8')
      // On the first line, which keeps the numbers of lines; a hashbang is no comment any more then.
      return { ...loaded, source: `${FIRST_IMPORT}${source.startsWith('#!') ? '//' : ''}${source}` }
    },
  })
}

/** Node's own rule (esm/resolve, READ_PACKAGE_SCOPE). */
const isEsModule = (path: string): boolean => {
  if (/\.[cm]js$/.test(path)) return path.endsWith('.mjs')
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (folder.endsWith('/node_modules')) return false
    try {
      const { type } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: unknown }
      return type === 'module'
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === '/') return false
    }
  }
}

const UNSETTLED = 13

/** In place of Node's own import of the entry (before 22.15), one of both: what comes first, and the entry. */
const importAfter = (run: Run, entry: string): void => {
  offer(run)
  const code = `${FIRST_IMPORT}import ${JSON.stringify(pathToFileURL(entry).href)}`
  const unsettled = (): void => {
    process.exitCode ??= UNSETTLED
  }
  process.on('exit', unsettled)
  import(`data:text/javascript,${encodeURIComponent(code)}`).finally(() => process.off('exit', unsettled))
}

/** The file that Node will run: its extension may be left out. */
const realEntry = (): string | undefined => {
  try {
    return realpathSync(require.resolve(process.argv[1]!))
  } catch {
    return undefined
  }
}

/** Loads the program that process.argv names, as Node does, and has `run` come before its first line. */
const loadProgram = (run: Run): void => {
  const entry = realEntry()
  if (entry !== undefined) readAhead(entry)
  beforeCommonJs(run)
  if (registerHooks) throughHooks(run, registerHooks)
  else if (entry !== undefined && isEsModule(entry)) {
    importAfter(run, entry)
    return
  }
  Module.runMain(process.argv[1])
  // By now CommonJS has run; without hooks, of anything else nothing has.
  if (!registerHooks) run()
}

module.exports = { loadProgram }
