import { parseProfile } from '../parse.ts'
import type { Profile } from '../types.ts'
import { dockerDefault } from './docker-default.ts'
import { nodePresets } from './node/presets.ts'
import { nodeDocument } from './node/profile.ts'
import { podmanDefault } from './podman-default.ts'
import { unconfined } from './unconfined.ts'

/** The profiles that this package ships, by name. */
const documents: ReadonlyMap<string, () => Profile> = new Map([
  ['docker-default', () => dockerDefault],
  ['podman-default', () => podmanDefault],
  ...Object.entries(nodePresets).map(
    ([name, preset]) => [name, () => nodeDocument(preset.promises)] as const,
  ),
  ['unconfined', () => unconfined],
])
const parsed = new Map<string, Profile>()

/** The names of the presets. */
export const presetNames: readonly string[] = Object.freeze([...documents.keys()])

/**
 * The preset called `name`, or undefined. The same object each time, checked as any profile is.
 * @example findPreset('docker-default')
 */
export const findPreset = (name: string): Profile | undefined => {
  const document = documents.get(name)
  if (!document || parsed.has(name)) return parsed.get(name)
  const profile = parseProfile(document(), { source: name })
  parsed.set(name, profile)
  return profile
}
