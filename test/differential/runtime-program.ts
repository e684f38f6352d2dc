import type { Program } from '../../lib/bpf/instruction.ts'
import { resolveProfile } from '../../lib/policy/resolve.ts'
import type { Target } from '../../lib/policy/target.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { errnoNumber } from '../../lib/syscalls/errno.ts'
import { enosysStub, newestNumbers } from './enosys-stub.ts'
import type { Libseccomp } from './libseccomp.js'
import { libseccompProgram } from './opponent.ts'

/** What a runtime loads: crun libseccomp's program, runc the same behind its stub. */
export const loadedBy = (
  libseccomp: Libseccomp,
  runtime: 'crun' | 'runc',
  profile: Profile,
  target: Target,
  optimize: 1 | 2,
): Program => {
  const program = libseccompProgram(libseccomp, profile, target, optimize)
  if (runtime === 'crun') return program
  const { architectures, rules } = resolveProfile(profile, target)
  const newest = newestNumbers(
    libseccomp,
    rules.flatMap((rule) => rule.names),
    architectures.map(({ name }) => name),
  )
  return [...enosysStub(newest, errnoNumber('ENOSYS', target.arch)!), ...program]
}
