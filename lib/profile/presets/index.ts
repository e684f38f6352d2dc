import { requireText } from '../../given.ts'
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

/** `node:compute+jitless`, `node:reader+startup`: a preset for Node with options of nodeProfile. */
const nodeVariant = (name: string): (() => Profile) | undefined => {
  const [base = '', ...options] = name.split('+')
  const preset = Object.hasOwn(nodePresets, base) ? nodePresets[base] : undefined
  const known = options.every((option) => option === 'startup' || option === 'jitless')
  if (!preset || !known || new Set(options).size < options.length) return undefined
  const [startup, jitless] = [options.includes('startup'), options.includes('jitless')]
  return () => nodeDocument(preset.promises, { startup, jitless })
}

/**
 * The preset called `name`, or undefined. The same object each time, checked as any profile is. A name that begins with
 * `node:` may have `+startup` and `+jitless` after it: the options of {@link nodeProfile}.
 * @example findPreset('docker-default')
 */
export const findPreset = (name: string): Profile | undefined => {
  requireText('findPreset takes a name', name)
  const known = parsed.get(name)
  if (known) return known
  const document = documents.get(name) ?? nodeVariant(name)
  if (!document) return undefined
  const profile = parseProfile(document(), { source: name })
  parsed.set(name, profile)
  return profile
}
