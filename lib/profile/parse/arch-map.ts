import { architectures, findArchitecture } from '../../syscalls/architectures.ts'
import { found } from '../found.ts'
import { suggest } from '../suggest.ts'
import type { ArchMapEntry } from '../types.ts'
import type { Reader } from './cursor.ts'
import { readObject } from './object.ts'
import { listOf } from './values.ts'

const scmpNames = architectures.map((each) => each.scmp)

/** `SCMP_ARCH_*`. */
const readArchitecture: Reader<string> = (at) => {
  const { value } = at
  if (typeof value !== 'string')
    return at.report(`must be an architecture such as "SCMP_ARCH_X86_64", found ${found(value)}`)
  if (scmpNames.includes(value)) return value
  // Podman and crun know this token; Docker, runc and the OCI don't.
  if (value === 'SCMP_ARCH_NATIVE')
    return at.report(
      '"SCMP_ARCH_NATIVE" isn\'t needed: the native architecture is always part of a filter; remove it',
    )
  const meant =
    findArchitecture(value.toLowerCase())?.scmp ??
    architectures.find((each) => each.docker === value)?.scmp ??
    suggest(value, scmpNames)
  const help = meant ? `; did you mean "${meant}"?` : `; known are ${scmpNames.join(', ')}`
  return at.report(`${found(value)} isn't an architecture${help}`)
}

/** `architectures`, and `subArchitectures` of a row. */
export const readArchitectures: Reader<readonly string[]> = listOf(readArchitecture)

const shape = { architecture: readArchitecture, subArchitectures: readArchitectures }

/** One row of `archMap`. */
export const readArchMapEntry: Reader<ArchMapEntry> = (at) => {
  const members = readObject(at, 'a row of archMap', shape)
  if (!members) return undefined
  members.require('"architecture" is missing: which native architecture is this row for?', 'architecture')
  const { architecture, subArchitectures = [] } = members.values
  if (architecture === undefined) return undefined
  return at.mark({ architecture, subArchitectures: Object.freeze(subArchitectures) })
}
