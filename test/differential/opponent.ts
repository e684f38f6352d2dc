import { decode } from '../../lib/bpf/encode.ts'
import type { Instruction } from '../../lib/bpf/instruction.ts'
import { resolveProfile } from '../../lib/policy/resolve.ts'
import type { Target } from '../../lib/policy/target.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { type ArchitectureName, architecture } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { type Libseccomp, type OpponentPolicy, openLibseccomp } from './libseccomp.js'

/** libseccomp, or why the suite skips; in CI it must be there. Ours and its programs are compared in these tests. */
export const opened = (): { libseccomp: Libseccomp; skip: string } => {
  const opponent = openLibseccomp()
  if (opponent.missing === undefined) return { libseccomp: opponent, skip: '' }
  console.log(`skipped: ${opponent.missing}`)
  return { libseccomp: opponent as unknown as Libseccomp, skip: ` (skipped: ${opponent.missing})` }
}

/** The profile for exactly these architectures, whatever its `archMap` says; the first is the native one. */
export const forArchitectures = (
  { archMap: _, ...profile }: Profile,
  names: readonly ArchitectureName[],
): Profile => ({ ...profile, architectures: names.map((name) => architecture(name).scmp) })

/**
 * The profile without the names that one side doesn't know: libseccomp 2.5.4's tables end earlier than ours. The
 * numbers of all others are the same (syscall-numbers.test.ts), so what is left must get the same verdicts.
 */
export const knownToBoth = (
  libseccomp: Libseccomp,
  profile: Profile,
  architectures: readonly ArchitectureName[],
): { profile: Profile; dropped: readonly string[] } => {
  const names = [...new Set(profile.syscalls.flatMap((rule) => rule.names))]
  const dropped = new Set<string>()
  for (const arch of architectures)
    for (const [i, number] of libseccomp.resolve(arch, names).entries()) {
      // Between -1 and -1000: calls behind socketcall or ipc, which may have a direct number beside.
      const hidden = number < -1 && number > -1000
      const agree = hidden || (number < 0 ? undefined : number) === numberOf(arch, names[i]!)
      if (number === -1 || !agree) dropped.add(names[i]!)
    }
  const syscalls = profile.syscalls
    .map((rule) => ({ ...rule, names: rule.names.filter((name) => !dropped.has(name)) }))
    .filter((rule) => rule.names.length > 0)
  return { profile: { ...profile, syscalls }, dropped: [...dropped].sort() }
}

/** What libseccomp is told of a profile: gates and architectures resolved by our own code, which moby's cases test. */
export const opponentPolicy = (profile: Profile, target: Target, optimize: 1 | 2): OpponentPolicy => {
  const { architectures, rules } = resolveProfile(profile, target)
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    optimize,
    architectures: architectures.map(({ name }) => name),
    syscalls: rules,
  }
}

/** libseccomp's program for a profile that it must accept. */
export const libseccompProgram = (
  libseccomp: Libseccomp,
  profile: Profile,
  target: Target,
  optimize: 1 | 2,
): Instruction[] => {
  const [filter] = libseccomp.build([opponentPolicy(profile, target, optimize)])
  if (!filter?.bytes) throw new Error(`libseccomp refuses: ${filter?.error}`)
  return decode(filter.bytes, architecture(target.arch).endian)
}
