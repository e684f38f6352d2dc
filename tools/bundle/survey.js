/** What `seccomp` exports, and where in lib/ it is made: found by loading what tsc made of lib/, in out/. */
import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const out = resolve(import.meta.dirname, '../../out')
const load = (file) => import(pathToFileURL(resolve(out, file)).href)

/** `import { a, b as c } from './x.js'`, as tsc writes it. Names are undefined for any other statement with `from`. */
const importsOf = (file) =>
  Array.from(
    readFileSync(resolve(out, file), 'utf8').matchAll(
      /^(import|export)\s+(?:\{([^}]*)\}|[^'"{]*?)\s*from\s+['"](\.[^'"]+)['"]/gm,
    ),
    ([, word, names, path]) => ({
      file: relative(out, resolve(out, dirname(file), path)),
      names:
        word === 'import' ? names?.split(',').flatMap((name) => name.trim().split(' ')[0] || []) : undefined,
    }),
  )

/** What must be loaded for a file, each after what it needs itself. */
const closure = (file, seen = new Set(), ordered = new Set()) => {
  if (seen.has(file)) return ordered
  seen.add(file)
  for (const { file: needed } of importsOf(file)) closure(needed, seen, ordered)
  return ordered.add(file)
}

const isClass = (value) =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
const isFunction = (value) => typeof value === 'function' && !isClass(value)

/** What an entry exports: `{ name, value, isFunction, file, own }`, `file` being where it is made, as `own`. */
export const exportsOf = async (entry) => {
  const origins = new Map()
  for (const file of closure(entry))
    for (const [own, value] of Object.entries(await load(file)))
      if (!origins.has(value)) origins.set(value, { file, own })
  return Object.entries(await load(entry)).map(([name, value]) => ({
    name,
    value,
    isFunction: isFunction(value),
    ...origins.get(value),
  }))
}

/**
 * The files that make the classes and data among them, with what they need at once. What a class needs is functions as a
 * rule, which nobody calls before one of its methods is called: those, `{ file, own }`, come late.
 */
export const madeAtOnce = async (exported) => {
  const files = new Set()
  const isClassFile = (file) => exported.some((each) => each.file === file && isClass(each.value))
  const takeAll = (file) => {
    for (const each of closure(file)) files.add(each)
  }
  const takeClass = async (file) => {
    if (files.has(file)) return
    files.add(file)
    for (const { file: needed, names } of importsOf(file)) {
      const values = await load(needed)
      const others = names?.filter((name) => !isFunction(values[name]))
      if (others?.some((name) => !isClass(values[name])) ?? true) takeAll(needed)
      else if (others.length > 0) await takeClass(needed)
    }
  }
  for (const { value, file } of exported)
    if (isClassFile(file)) await takeClass(file)
    else if (!isFunction(value)) takeAll(file)
  const late = new Map()
  for (const { file, names = [] } of [...files].flatMap(importsOf))
    if (!files.has(file)) for (const own of names) late.set(`${file} ${own}`, { file, own })
  return { files, late: [...late.values()] }
}
