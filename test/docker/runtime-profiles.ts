import { SeccompError } from '../../lib/errors.ts'
import { profileFor } from '../../lib/policy/compose/native.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import type { Target } from '../../lib/policy/target.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { numberOf, syscallNames } from '../../lib/syscalls/numbers.ts'
import { families, randomProfile } from '../differential/random-profile.ts'
import { Random } from '../random.ts'

/**
 * What runc's own process still calls after it has installed the filter, under no_new_privs: the last steps before
 * execve(2), whatever Go's runtime may do on the side, and the resident program. Without these no container starts.
 */
export const neededToStart: readonly string[] = `
  write writev read pread64 close open openat fstat newfstatat stat lstat statx fstatfs fcntl
  readlinkat getdents64 lseek dup3 pipe2 eventfd2 close_range epoll_create1 epoll_ctl epoll_wait
  epoll_pwait epoll_pwait2 poll ppoll pselect6 mmap munmap mprotect mremap madvise brk mincore
  clone clone3 futex set_robust_list rseq set_tid_address arch_prctl prctl rt_sigaction
  rt_sigprocmask rt_sigreturn sigaltstack tgkill tkill kill getpid gettid sched_yield
  sched_getaffinity nanosleep clock_nanosleep clock_gettime gettimeofday timer_create
  timer_settime timer_delete setitimer restart_syscall getrlimit setrlimit prlimit64 getrandom
  uname execve execveat exit exit_group
`
  .trim()
  .split(/\s+/)

/** The profile, and an ALLOW for what a start needs and the profile doesn't name. */
export const startable = (profile: Profile): Profile => {
  const named = new Set(profile.syscalls.flatMap(({ names }) => names))
  const names = neededToStart.filter((name) => !named.has(name))
  return { ...profile, syscalls: [...profile.syscalls, { names, action: 'SCMP_ACT_ALLOW', args: [] }] }
}

/** The profile without some names: runtimes leave out what their libseccomp doesn't know. */
export const withNames = (profile: Profile, keep: (name: string) => boolean): Profile => ({
  ...profile,
  syscalls: profile.syscalls
    .map((rule) => ({ ...rule, names: rule.names.filter(keep) }))
    .filter(({ names }) => names.length > 0),
})

/** What a runtime by itself is given: gates are the engine's matter, and resolved already. */
export const ociText = (profile: Profile, target: Target): string =>
  formatProfile(profileFor(profile, target))

/** Calls that do nothing but answer, whatever their arguments: they can be made for real with any. */
export const pureCalls: readonly string[] = [
  'getppid',
  'getuid',
  'geteuid',
  'getgid',
  'getegid',
  'getpgrp',
  'munlockall',
]

/** What every libseccomp that runc 1.1 can be built with knows: 2.5.0 ends with Linux 5.8. */
const NEWEST = 439

/** A profile of its own for each seed, with rules on {@link pureCalls} and on others, under which a container starts. */
export const generatedProfile = (seed: number, target: Target): Profile => {
  const random = new Random(seed)
  const architectures = random.of(families.filter(([native]) => native === target.arch))
  const everywhere = (name: string): boolean =>
    architectures.every((arch) => numberOf(arch, name) !== undefined)
  const others = [...syscallNames(target.arch)]
    .filter(
      ([name, number]) => number <= NEWEST && !neededToStart.includes(name) && !pureCalls.includes(name),
    )
    .map(([name]) => name)
    .filter(everywhere)
  for (;;) {
    const first = randomProfile(random, pureCalls.filter(everywhere), architectures)
    const second = randomProfile(random, others, architectures)
    const profile = startable({ ...first, syscalls: [...first.syscalls, ...second.syscalls] })
    try {
      resolvePolicy(profile, target, 'runc')
      return profile
    } catch (error) {
      // Two rules with the same conditions and different actions: runc refuses that, too.
      if (!(error instanceof SeccompError) || error.code !== 'ERR_POLICY_CONFLICT') throw error
    }
  }
}
