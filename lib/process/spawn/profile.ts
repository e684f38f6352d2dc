/** Profiles of `seccomp` options, read and checked once for as long as they stay the same. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadProfileSync, type ProfileSource, parseBytes, readLocalhost } from '../../load.ts'
import { referenceOf } from '../../profile/kubernetes.ts'
import { parseProfile } from '../../profile/parse.ts'
import { findPreset } from '../../profile/presets/index.ts'
import type { Profile } from '../../profile/types.ts'

/**
 * The profile that `source` names: the same object as long as file or document are unchanged.
 * @throws what `loadProfileSync` throws.
 */
export const profileOf = (source: ProfileSource): Profile => {
  const reference = referenceOf(source)
  if (reference)
    return 'preset' in reference ? findPreset(reference.preset)! : profileOfLocalhost(reference.localhost)
  if (typeof source === 'object' && source !== null && !(source instanceof URL))
    return profileOfDocument(source)
  return (typeof source === 'string' && findPreset(source)) || profileOfFile(source)
}

interface Known {
  /** What tells whether it has changed. */
  readonly stamp: string
  readonly profile: Profile
}

const documents = new WeakMap<object, Known>()

const profileOfDocument = (document: object): Profile => {
  const known = documents.get(document)
  const stamp = known && contents(document)
  if (known && known.stamp === stamp) return known.profile
  const profile = parseProfile(document)
  // A checked profile is frozen, and returned as it is. Another document may change after this.
  if (profile !== document) documents.set(document, { stamp: contents(document), profile })
  return profile
}

const contents = (document: object): string =>
  JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))

const files = new Map<string, Known>()
const MOST_FILES = 64
/** A file that was written just now may be written again within the file system's clock tick. */
const SETTLED_MS = 100

const profileOfFile = (source: string | URL): Profile => {
  const status = fileStatus(source)
  if (!status) return loadProfileSync(source)
  const known = files.get(status.path)
  if (known?.stamp === status.stamp) return known.profile
  const profile = loadProfileSync(source)
  files.delete(status.path)
  if (status.settled) files.set(status.path, { stamp: status.stamp, profile })
  if (files.size > MOST_FILES) files.delete(files.keys().next().value!)
  return profile
}

const localhosts = new Map<string, { readonly bytes: Buffer; readonly profile: Profile }>()

/** Read each time, since its folder may have changed on the way to it; what was read before isn't parsed anew. */
const profileOfLocalhost = (name: string): Profile => {
  const { bytes, path } = readLocalhost(name)
  const known = localhosts.get(path)
  if (known?.bytes.equals(bytes)) return known.profile
  const profile = parseBytes(bytes, path)
  localhosts.delete(path)
  localhosts.set(path, { bytes, profile })
  if (localhosts.size > MOST_FILES) localhosts.delete(localhosts.keys().next().value!)
  return profile
}

/** undefined where there is nothing to remember: loadProfileSync says what is wrong. */
const fileStatus = (source: string | URL): { path: string; stamp: string; settled: boolean } | undefined => {
  try {
    const path = String(source).startsWith('file:') ? fileURLToPath(source) : resolve(source as string)
    const { dev, ino, size, ctimeNs, ctimeMs } = statSync(path, { bigint: true })
    const settled = Math.abs(Date.now() - Number(ctimeMs)) > SETTLED_MS
    return { path, stamp: [dev, ino, size, ctimeNs].join(' '), settled }
  } catch {
    return undefined
  }
}
