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
 * The names for which libseccomp and our tables have the same number, or none, on every one of some architectures.
 * It must know them on this machine too: there it looks them up, whatever a filter is for, and goes on with a number,
 * a pseudo number where this machine has no such call. Two names share one (switch_endian and sys_debug_setcontext).
 */
export const knownNames = (
  libseccomp: Libseccomp,
  names: readonly string[],
  architectures: readonly ArchitectureName[],
): string[] => {
  const native = libseccomp.resolve('native', names)
  let known = names.filter((name, i) => native[i] !== -1 && !sharesPseudoNumber.has(name))
  for (const arch of architectures) {
    const numbers = libseccomp.resolve(arch, known)
    known = known.filter((name, i) => {
      const number = numbers[i]!
      // Between -1 and -1000: calls behind socketcall or ipc, which may have a direct number beside.
      if (number < -1 && number > -1000) return true
      return number !== -1 && (number < 0 ? undefined : number) === numberOf(arch, name)
    })
  }
  return known
}

const sharesPseudoNumber = new Set(['switch_endian', 'sys_debug_setcontext'])

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
  const known = new Set(knownNames(libseccomp, names, architectures))
  const dropped = names.filter((name) => !known.has(name))
  const syscalls = profile.syscalls
    .map((rule) => ({ ...rule, names: rule.names.filter((name) => known.has(name)) }))
    .filter((rule) => rule.names.length > 0)
  return { profile: { ...profile, syscalls }, dropped }
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
