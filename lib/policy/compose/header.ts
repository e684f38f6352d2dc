import { SeccompError } from '../../errors.ts'
import type { ArchMapEntry, FlagName, Profile } from '../../profile/types.ts'

/** What a profile says besides its default and its rules. */
export type Header = Pick<
  Profile,
  'architectures' | 'archMap' | 'flags' | 'listenerPath' | 'listenerMetadata'
>

/**
 * The architectures of both profiles, besides the native one. An architecture that one of them doesn't list ends the
 * process there, which nothing is stricter than: so `intersect` loses nothing. For `union` it would be too strict, but
 * to list it would give the other profile's rules to calls that it never meant: those of an architecture it kills.
 */
export const commonArchitectures = (a: Profile, b: Profile): Pick<Header, 'architectures' | 'archMap'> => {
  if (!a.archMap && !b.archMap) {
    const both = (a.architectures ?? []).filter((name) => b.architectures?.includes(name))
    return both.length ? { architectures: both } : {}
  }
  const natives = new Set(
    [...(a.archMap ?? []), ...(b.archMap ?? [])].map(({ architecture }) => architecture),
  )
  const archMap = [...natives].flatMap((architecture): ArchMapEntry[] => {
    const subArchitectures = listedOn(architecture, a).filter((name) =>
      listedOn(architecture, b).includes(name),
    )
    return subArchitectures.length ? [{ architecture, subArchitectures }] : []
  })
  return archMap.length ? { archMap } : {}
}

/** The architectures that only one of them lists, on any native one. */
export const uncommonArchitectures = (a: Profile, b: Profile): string[] => {
  const natives = [...(a.archMap ?? []), ...(b.archMap ?? [])].map(({ architecture }) => architecture)
  // Without archMap the lists are the same on every native architecture: one that nobody lists stands for all.
  const uncommon = [...natives, ''].flatMap((native) => {
    const [left, right] = [listedOn(native, a), listedOn(native, b)]
    return [...left.filter((name) => !right.includes(name)), ...right.filter((name) => !left.includes(name))]
  })
  return [...new Set(uncommon)]
}

/** Besides the native one; Docker takes the first row that fits (moby seccomp_linux.go). */
const listedOn = (native: string, { archMap, architectures }: Profile): readonly string[] =>
  (archMap
    ? (archMap.find(({ architecture }) => architecture === native)?.subArchitectures ?? [])
    : (architectures ?? [])
  ).filter((name) => name !== native)

/** Flags that `keep` wants; a profile without any leaves the choice to the other, as the runtime's default would. */
export const flagsOf = (a: Profile, b: Profile, keep: 'both' | 'either'): Pick<Header, 'flags'> => {
  if (!a.flags || !b.flags) {
    const flags = a.flags ?? b.flags
    return flags ? { flags } : {}
  }
  const all: readonly FlagName[] = [...new Set([...a.flags, ...b.flags])]
  return {
    flags: all.filter((flag) => keep === 'either' || (a.flags?.includes(flag) && b.flags?.includes(flag))),
  }
}

/**
 * Who gets the notifications.
 * @throws SeccompError ERR_USAGE when the profiles name two, for one filter has one listener.
 */
export const listenerOf = (a: Profile, b: Profile): Pick<Header, 'listenerPath' | 'listenerMetadata'> => {
  const [first, second] = [a, b].filter(({ listenerPath }) => listenerPath !== undefined)
  if (!first) return {}
  if (
    second &&
    (first.listenerPath !== second.listenerPath || first.listenerMetadata !== second.listenerMetadata)
  )
    throw new SeccompError(
      'ERR_USAGE',
      `the profiles send notifications to different listeners, '${first.listenerPath}' and '${second.listenerPath}', and ` +
        'a filter has one: give both the same listenerPath and listenerMetadata',
    )
  const { listenerPath, listenerMetadata } = first
  return { listenerPath: listenerPath!, ...(listenerMetadata !== undefined && { listenerMetadata }) }
}
