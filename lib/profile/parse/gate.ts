import { architectures, findArchitecture } from '../../syscalls/architectures.ts'
import { capabilities } from '../../syscalls/capabilities.ts'
import { found } from '../found.ts'
import { suggest } from '../suggest.ts'
import type { Gate } from '../types.ts'
import type { Reader } from './cursor.ts'
import { readObject } from './object.ts'
import { listOf, oneOf } from './values.ts'

/** Docker compares with names of its own making (moby seccomp_linux.go, goToNative); these are what others call them. */
const otherSpellings: ReadonlyMap<string, string> = new Map([
  ['386', 'x86'],
  ['i386', 'x86'],
  ['i686', 'x86'],
  ['armhf', 'arm'],
  ['loong64', 'loongarch64'],
  ['mipsle', 'mipsel'],
  ['mips64le', 'mipsel64'],
  ['ppc64el', 'ppc64le'],
])
const dockerArches = architectures.map((each) => each.docker)

/** An architecture in Docker's spelling. Another spelling would never match, and the rule never or always hold. */
const readArch: Reader<string> = (at) => {
  const { value } = at
  if (typeof value !== 'string')
    return at.report(`must be an architecture such as "amd64", found ${found(value)}`)
  if (dockerArches.includes(value)) return value
  const meant =
    findArchitecture(value)?.docker ?? otherSpellings.get(value.toLowerCase()) ?? suggest(value, dockerArches)
  const help = meant ? `; did you mean "${meant}"?` : `; known are ${dockerArches.join(', ')}`
  return at.report(`${found(value)} isn't an architecture as Docker's gates spell it${help}`)
}

/** `"<kernel>.<major>"`, 8 bits each and not 0.0, as moby reads it (profiles/seccomp/seccomp.go). */
const readKernel: Reader<string> = (at) => {
  const { value } = at
  if (typeof value === 'string') {
    const parts = /^(\d{1,3})\.(\d{1,3})$/.exec(value)?.slice(1).map(Number)
    if (parts?.every((part) => part <= 255) && parts.some((part) => part > 0)) return value
  }
  return at.report(
    `must be a kernel version of two numbers from 0 to 255 (not "0.0"), for instance "4.8"; found ${found(value)}`,
  )
}

const shape = {
  caps: listOf(oneOf('a capability as capabilities(7) lists them', capabilities)),
  arches: listOf(readArch),
  minKernel: readKernel,
}

/** `includes` or `excludes`. What gates nothing, `{}` or an empty list, is left out: no later stage need ask. */
export const readGate: Reader<Gate> = (at) => {
  const members = readObject(at, 'a gate', shape)
  if (!members) return undefined
  const { caps, arches, minKernel } = members.values
  const gate: Gate = {
    ...(caps?.length && { caps }),
    ...(arches?.length && { arches }),
    ...(minKernel !== undefined && { minKernel }),
  }
  return Object.keys(gate).length === 0 ? undefined : Object.freeze(gate)
}
