/**
 * lib/syscalls/generated/errno.ts: the errno names and numbers of the architectures that have their own (MIPS,
 * PA-RISC, PowerPC), and of all others (include/uapi/asm-generic).
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { header } from './linux-source.js'

/** Column → the header that this architecture compiles. */
const headers = {
  generic: 'include/uapi/asm-generic/errno.h',
  mips: 'arch/mips/include/uapi/asm/errno.h',
  parisc: 'arch/parisc/include/uapi/asm/errno.h',
  ppc: 'arch/powerpc/include/uapi/asm/errno.h',
}

/** Reads the `#define`s of a header and of what it includes, as the preprocessor would: name → number or other name. */
const definitions = (root, path, found = new Map()) => {
  for (const line of readFileSync(join(root, path), 'utf8').split('\n')) {
    const include = line.match(/^#\s*include <(asm-generic\/.*)>/)?.[1]
    if (include) definitions(root, `include/uapi/${include}`, found)
    const undefine = line.match(/^#\s*undef\s+(E\w+)/)?.[1]
    if (undefine) found.delete(undefine)
    const define = line.match(/^#\s*define\s+(E\w+)\s+(\w+)/)
    if (define) found.set(define[1], define[2])
  }
  return found
}

const resolveNumber = (found, name) => {
  const value = found.get(name)
  return value === undefined || /^\d/.test(value) ? value : resolveNumber(found, value)
}

/** The whole generated file. */
export const errnoFile = ({ root, version }) => {
  const columns = Object.entries(headers).map(([name, path]) => {
    if (!existsSync(join(root, path)))
      throw new Error(`${path} is missing: has the kernel moved its errno headers?`)
    return [name, definitions(root, path)]
  })
  const generic = columns[0][1]
  // Of two names for a number the first line wins: real names by number, then aliases and one architecture's own.
  const rank = (name) => (/^\d/.test(generic.get(name) ?? '') ? Number(generic.get(name)) : Infinity)
  const names = [...new Set(columns.flatMap(([, found]) => [...found.keys()]))]
  const sorted = names.map((name) => [rank(name), name]).sort((a, b) => (a[0] === b[0] ? 0 : a[0] - b[0]))
  const lines = sorted.map(([, name]) =>
    [name, ...columns.map(([, found]) => resolveNumber(found, name) ?? '-')].join(' '),
  )
  return `${header(version, [
    'One line an error: its name, then its number in each column, `-` where it has none.',
    'Where two names share a number, the first is the usual one.',
  ])}
/** The order of the numbers on a line: most architectures, then those with numbers of their own. */
export const errnoColumns: readonly string[] = [${columns.map(([name]) => `'${name}'`).join(', ')}]

export const errnos: string = \`${lines.join('\n')}\`
`
}
