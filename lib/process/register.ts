/**
 * `SECCOMP_PROFILE=profile.json node --import seccomp/register app.js`: the program runs under the profile, and not a line
 * of it changes. A profile that can't be enforced ends the process with a message and exit code 78 before the program.
 *
 * Children have the filter as all children do. With SECCOMP_INHERIT=1 each that is a Node asks the kernel for it as well,
 * and ends with 78 if it isn't there.
 *
 * SECCOMP_ON_VIOLATION=errno, kill, trap or log: what a denied call gets, if not what the profile says. With `trap` each
 * kind of call that is denied is a line on the error stream, but under a profile that lets no file be opened.
 *
 * Only what each such child needs is loaded here; the rest comes with the profile.
 */
import { readFileSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** EX_CONFIG. */
const CANNOT_ENFORCE = 78

const fail = (message: string): never => {
  try {
    writeSync(2, `seccomp: ${message}\nseccomp: the program was not run\n`)
  } catch {
    // The exit code says the same.
  }
  process.exit(CANNOT_ENFORCE)
}

/** Whether a parent put this process under the profile, as the kernel says. */
const isEnforced = (profile: string): boolean => {
  const [count, ...of] = process.env['SECCOMP_ENFORCED']?.split(' ') ?? []
  if (of.join(' ') !== profile) return false
  const status = readFileSync('/proc/self/status', 'latin1')
  // Before Linux 5.9 the kernel tells no number.
  const filters = /^Seccomp_filters:\t(\d+)$/m.exec(status)?.[1] ?? count
  if (!/^Seccomp:\t2$/m.test(status) || Number(filters) < Number(count))
    fail(`SECCOMP_ENFORCED tells of ${count} filters in force, and the kernel of fewer; unset it`)
  return true
}

const register = async (): Promise<void> => {
  const {
    SECCOMP_PROFILE: profile,
    SECCOMP_INHERIT: inherit,
    SECCOMP_ON_VIOLATION: onViolation,
  } = process.env
  if (!profile)
    fail("SECCOMP_PROFILE isn't set: name a preset or a file in it, or 'unconfined' for no filter")
  else if (!isEnforced(profile)) {
    const { enforce } = await import('./register-enforce.ts')
    const options = { inherit: inherit !== undefined && inherit !== '' && inherit !== '0', onViolation }
    enforce(profile, options, import.meta.url)
  } else if (onViolation === 'trap') {
    const { enforced } = await import('./register-enforce.ts')
    enforced(import.meta.url)
  }
}

// The threads of a process have its filter.
if (isMainThread)
  await register().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)))
