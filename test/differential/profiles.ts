import { readFileSync } from 'node:fs'
import { makeTarget, type Target } from '../../lib/policy/target.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'
import type { Profile } from '../../lib/profile/types.ts'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'
import { sharedData } from '../shared-data.ts'
import type { Libseccomp } from './libseccomp.js'
import { forArchitectures, knownToBoth } from './opponent.ts'

export const engineProfiles = ['moby-default', 'podman-default'] as const

/** Why the engines' profiles can't be had, for the names of tests that skip. */
export const noData: string = sharedData('profiles/moby-default.json')
  ? ''
  : ' (skipped: the shared data is not here)'

/** An engine's own profile for some architectures, the first the native one, with names that libseccomp knows. */
export const engineProfile = (
  libseccomp: Libseccomp,
  name: (typeof engineProfiles)[number],
  architectures: readonly ArchitectureName[],
): { profile: Profile; target: Target; dropped: readonly string[] } => {
  const profile = parseProfileText(readFileSync(sharedData(`profiles/${name}.json`)!, 'utf8'))
  const target = makeTarget({ arch: architectures[0]!, kernel: '6.18', capabilities: 'docker' })
  return { ...knownToBoth(libseccomp, forArchitectures(profile, architectures), architectures), target }
}
