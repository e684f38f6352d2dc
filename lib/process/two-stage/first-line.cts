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
  /** Since Node 22.13. */
  readonly stripTypeScriptTypes?: (code: string) => string
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
const { dirname, extname, join } = require('node:path') as typeof import('node:path')
const { pathToFileURL } = require('node:url') as typeof import('node:url')
const {
  Module,
  registerHooks,
  stripTypeScriptTypes: stripTypes,
} = require('node:module') as unknown as Loading
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

/** What its name or its package says it is, by Node's own rule (esm/resolve, READ_PACKAGE_SCOPE); undefined for neither. */
const declaredKind = (path: string): 'module' | 'commonjs' | undefined => {
  const [, letter] = /\.([cm])[jt]s$/.exec(path) ?? []
  if (letter) return letter === 'm' ? 'module' : 'commonjs'
  for (let folder = dirname(path); !folder.endsWith('/node_modules'); folder = dirname(folder)) {
    try {
      const { type } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: unknown }
      return type === 'module' || type === 'commonjs' ? type : undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === '/') return undefined
    }
  }
  return undefined
}

const CJS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname']

/** Without the warning that it is experimental, for the user hasn't asked for it. */
const javaScriptOf = (typeScript: string): string => {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypes!(typeScript)
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Whether what says nothing of its kind can't be CommonJS. Node finds it out so as well, too late for us. */
const isModuleBySyntax = (path: string): boolean => {
  if (declaredKind(path) !== undefined || !/^\.?(?:js|ts)?$/.test(extname(path))) return false
  try {
    const source = readFileSync(path, 'utf8').replace(/^#!/, '//')
    // Most don't have any of the words, and needn't be compiled twice.
    if (!/\b(?:import|export|await)\b/.test(source)) return false
    const { compileFunction } = require('node:vm') as typeof import('node:vm')
    compileFunction(path.endsWith('.ts') ? javaScriptOf(source) : source, CJS_PARAMETERS)
    return false
  } catch (error) {
    return error instanceof SyntaxError
  }
}

const UNSETTLED = 13

/**
 * In place of Node's own import of the entry, one of both: what comes first, and the entry. Before Node 22.15, and where
 * Node would take the entry for CommonJS first.
 */
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
  const isModule =
    entry !== undefined && (isModuleBySyntax(entry) || (!registerHooks && declaredKind(entry) === 'module'))
  if (isModule) {
    importAfter(run, entry)
    return
  }
  if (registerHooks) throughHooks(run, registerHooks)
  Module.runMain(process.argv[1])
  // By now CommonJS has run; without hooks, of anything else nothing has.
  if (!registerHooks) run()
}

module.exports = { loadProgram }
