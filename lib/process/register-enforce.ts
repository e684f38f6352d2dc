/** What `seccomp/register` does with a profile. */
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { SeccompError } from '../errors.ts'
import { processStatus } from '../kernel/status.ts'
import { type OnViolation, violationModes } from '../policy/on-violation.ts'
import { found } from '../profile/found.ts'
import { isUnconfined } from '../profile/kubernetes.ts'
import { applyFilters, filtersFor } from './apply.ts'
import { execSelf } from './exec-self.ts'
import { isFatal } from './preflight/finding.ts'
import { preflight } from './preflight/preflight.ts'
import { ownSituation } from './preflight/this-process.ts'
import { handled } from './spawn/answering.ts'
import { refusesReading } from './two-stage/two-stage.ts'
import { violations } from './violations/events.ts'

/** What the environment asks for. */
export interface RegisterOptions {
  /** SECCOMP_INHERIT: Node children shall load `seccomp/register` too. */
  readonly inherit: boolean
  /** SECCOMP_ON_VIOLATION, as it stands there. */
  readonly onViolation: string | undefined
}

/**
 * Puts the profile in force: in this process, where Node survives that and can still read its program; else by executing
 * it anew in two stages, which is how a Node with io_uring open gets rid of it.
 *
 * @param url of `seccomp/register`, as it was loaded
 * @throws SeccompError ERR_USAGE for a SECCOMP_ON_VIOLATION that there isn't, or beside SECCOMP_INHERIT; what `execSelf`
 * and `apply` throw.
 */
export const enforce = (
  profile: string,
  { inherit, onViolation: mode }: RegisterOptions,
  url: string,
): void => {
  const onViolation = modeOf(mode, inherit)
  if (isUnconfined(profile)) return
  if (onViolation === 'log') say("SECCOMP_ON_VIOLATION=log denies nothing; the kernel's log tells of it")
  const options = onViolation ? { onViolation } : {}
  const filters = filtersFor(profile, options)
  const traps = onViolation === 'trap'
  const policies = filters.map(({ policy }) => (traps ? handled(policy) : policy))
  // Under such a profile no other Node can start.
  const closed = policies.some(refusesReading)
  const own = withoutRegister(fileURLToPath(url))
  const environment = (count: number): Environment =>
    inherit && !closed
      ? {
          SECCOMP_ENFORCED: `${count} ${profile}`,
          NODE_OPTIONS: [own.nodeOptions, `--import ${url}`].join(' ').trim(),
        }
      : own.environment

  if (closed || preflight(policies, ownSituation()).some(isFatal)) {
    // One more for stage one, and at least one for the profile.
    const count = (processStatus().threads[0]?.filters ?? 0) + 2
    // Executed anew it comes here again, to tell of violations; where no file can be opened, it can't.
    const again = traps && !closed
    const { execArgv } = again ? process : own
    const added = again ? { SECCOMP_ENFORCED: `${count} ${profile}` } : environment(count)
    execSelf(profile, { ...options, execArgv, env: { ...process.env, ...added } })
    return
  }
  const applied = applyFilters(filters, options)
  settle(own.execArgv, environment(applied.threads[0]?.filters ?? 1))
  if (traps) tellViolations()
}

/** The rest of `enforce` in a process that was executed anew, and traps. */
export const enforced = (url: string): void => {
  const { execArgv, environment } = withoutRegister(fileURLToPath(url))
  settle(execArgv, environment)
  tellViolations()
}

const modeOf = (mode: string | undefined, inherit: boolean): OnViolation | undefined => {
  if (!mode) return undefined
  const known = violationModes.find((name) => name === mode)
  if (!known)
    throw new SeccompError(
      'ERR_USAGE',
      `SECCOMP_ON_VIOLATION is ${violationModes.join(', ')}, or not set for what the profile says; not ${found(mode)}`,
    )
  if (known === 'trap' && inherit)
    throw new SeccompError(
      'ERR_USAGE',
      'SECCOMP_ON_VIOLATION=trap takes a signal handler, and children begin without one: their first denied call would ' +
        'end them; take errno, or unset SECCOMP_INHERIT',
    )
  return known
}

/** One line for each call and what it would take: a program tries the same again and again. */
const tellViolations = (): void => {
  const told = new Set<string>()
  violations.on('violation', ({ name, promises, message }) => {
    const kind = `${name} ${promises.join()}`
    if (!told.has(kind)) say(message)
    told.add(kind)
  })
}

const say = (message: string): void => {
  try {
    writeSync(2, `seccomp: ${message}\n`)
  } catch {
    // Nobody reads the error stream.
  }
}

const settle = (execArgv: readonly string[], environment: Environment): void => {
  process.execArgv.splice(0, process.execArgv.length, ...execArgv)
  for (const [name, value] of Object.entries(environment))
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
}

type Environment = Readonly<Record<string, string | undefined>>

/** This process's options and environment without `--import seccomp/register`, however it was written, and its variables. */
const withoutRegister = (
  path: string,
): { execArgv: readonly string[]; nodeOptions: string; environment: Environment } => {
  const { resolve } = createRequire(`${process.cwd()}/`)
  const isRegister = (specifier: string): boolean => {
    try {
      return resolve(specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier) === path
    } catch {
      return false
    }
  }
  const execArgv = process.execArgv.filter((option, index, options) => {
    if (option === '--import') return !isRegister(options[index + 1] ?? '')
    if (option.startsWith('--import=')) return !isRegister(option.slice('--import='.length))
    return !(options[index - 1] === '--import' && isRegister(option))
  })
  const nodeOptions = (process.env['NODE_OPTIONS'] ?? '')
    .replace(/--import[= ]+(?:"((?:[^"\\]|\\.)*)"|(\S+))/g, (all, quoted?: string, plain?: string) =>
      isRegister(quoted?.replace(/\\(.)/g, '$1') ?? plain!) ? '' : all,
    )
    .trim()
  const environment = {
    ...{ SECCOMP_ENFORCED: undefined, SECCOMP_PROFILE: undefined, SECCOMP_ON_VIOLATION: undefined },
    NODE_OPTIONS: nodeOptions || undefined,
  }
  return { execArgv, nodeOptions, environment }
}
