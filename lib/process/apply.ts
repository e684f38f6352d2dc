/** Putting a profile in force for this very process. */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { SeccompError } from '../errors.ts'
import { type Filter, isFilter } from '../filter/compile.ts'
import { requireObject } from '../given.ts'
import { packageRoot } from '../kernel/binding.ts'
import { installFilter } from '../kernel/install.ts'
import type { ThreadStatus } from '../kernel/status.ts'
import { loadProfileSync, type ProfileSource } from '../load.ts'
import type { OnViolation } from '../policy/on-violation.ts'
import type { Faithfulness } from '../policy/policy.ts'
import type { TargetOptions } from '../policy/target.ts'
import { refuseUnknown } from '../profile/unknown-option.ts'
import { NotEnforcedError } from './not-enforced-error.ts'
import { type Finding, PreflightError } from './preflight/finding.ts'
import { preflight, refusedBy } from './preflight/preflight.ts'
import { inForce, mayBeClosed, ownSituation, ownTarget } from './preflight/this-process.ts'
import { type ThreadWatch, watchThreads } from './preflight/threads.ts'
import { trapFindings } from './preflight/trap-findings.ts'
import { answering, compileAnswering, handled } from './spawn/answering.ts'
import { commonFlags } from './spawn/filter.ts'
import { catchViolations } from './violations/trap.ts'

/** How {@link apply} and {@link drop} compile and install. */
export interface ApplyOptions {
  /** Install even what preflight is sure will abort or hang this process. */
  readonly force?: boolean
  /** How faithfully to compile; default `safe`. For a profile only, as the next one. */
  readonly as?: Faithfulness
  /** What opens a profile's gates; default: of Docker's fourteen capabilities those that this process has. */
  readonly capabilities?: TargetOptions['capabilities']
  /**
   * What a denied call gets, if not what the profile says: an error number also where the profile kills; the end of the
   * process; an error number and an event of `violations`; or, to learn what a program calls and never to confine one,
   * nothing but a line in the kernel's log.
   */
  readonly onViolation?: OnViolation
  /** Set no_new_privs first; the default. Without it the kernel asks for CAP_SYS_ADMIN. */
  readonly noNewPrivileges?: boolean
}

/** What is in force now, for good. */
export interface Applied {
  /** One, but for a profile above the kernel's 4096 instructions a filter. */
  readonly filters: readonly Filter[]
  /** Every thread that was there, as the kernel says it is now; none where an earlier filter lets /proc be read no more. */
  readonly threads: readonly ThreadStatus[]
  /** What may still go wrong; with `force`, what will. */
  readonly findings: readonly Finding[]
}

/**
 * Puts a profile in force for this process, all its threads and all its children, for good; or throws.
 *
 * Before: {@link preflight} refuses what this running Node would not survive. After: the kernel's word on every thread.
 *
 * @param what a profile's name, path, `file:` URL or document; or a filter compiled for this machine, or a list of
 * them in the order to install them (`compileStack`)
 * @throws PreflightError ERR_PREFLIGHT, and nothing was installed; NotEnforcedError ERR_NOT_ENFORCED, and the process
 * is not what it was; SeccompError ERR_TARGET_INVALID for another machine's filter; what `loadProfileSync`,
 * `compileStack` and `installFilter` throw.
 * @see seccomp(2): SECCOMP_FILTER_FLAG_TSYNC
 * @example apply('profile.json')
 */
export const apply = (
  what: ProfileSource | Filter | readonly Filter[],
  options: ApplyOptions = {},
): Applied => applyFilters(filtersFor(what, options), options)

/**
 * @param prepare makes ready what the filters won't let be made later, and what preflight then finds
 */
export const applyFilters = (
  filters: readonly Filter[],
  options: ApplyOptions,
  prepare: () => void = () => {},
): Applied => {
  const traps = options.onViolation === 'trap'
  const policies = filters.map(({ policy }) => (traps ? handled(policy) : policy))
  prepare()
  const findings = [
    ...preflight(policies, ownSituation(), inForce),
    ...(traps ? trapFindings(refusedBy([...inForce, ...policies])) : []),
  ]
  if (!options.force && findings.some(({ severity }) => severity === 'fatal'))
    throw new PreflightError(findings)
  if (traps) catchViolations()
  // Else SIGTERM would be lost under such a filter.
  const { leaveSignalsToKernel } = signals()
  if (refusedBy(policies)('tgkill')) leaveSignalsToKernel()
  const threads = install(filters, options)
  inForce.push(...policies)
  return { filters, threads, findings }
}

const require = createRequire(import.meta.url)

let defaultSignals: { leaveSignalsToKernel(): void } | undefined

/** Loads what a later filter, after which no file can be opened, may need. */
const signals = (): { leaveSignalsToKernel(): void } => {
  defaultSignals ??= require(
    resolve(packageRoot(), 'dist/process/default-signals.cjs'),
  ) as typeof defaultSignals
  return defaultSignals!
}

/** Installs, and asks the kernel about every thread. */
const install = (
  filters: readonly Filter[],
  { noNewPrivileges = true }: ApplyOptions,
): readonly ThreadStatus[] => {
  const flags = commonFlags(filters)
  const watch = watchUnlessClosed()
  try {
    installFilter(
      filters.map(({ bytes }) => bytes),
      { flags, noNewPrivileges },
    )
    if (!watch) return []
    const threads = readThreads(watch)
    const missing = withoutFilter(watch.before, threads, filters.length)
    if (missing.length > 0) throw new NotEnforcedError(missing)
    return threads
  } finally {
    watch?.close()
  }
}

/** undefined where a filter of ours lets /proc be read no more. */
const watchUnlessClosed = (): ThreadWatch | undefined => {
  try {
    return watchThreads()
  } catch (error) {
    if (!mayBeClosed()) throw error
    return undefined
  }
}

const readThreads = (watch: ThreadWatch): readonly ThreadStatus[] => {
  try {
    return watch.now()
  } catch (cause) {
    throw new NotEnforcedError([], { cause })
  }
}

/** Of a Worker's thread, which has no handler of its own for what it is denied. */
export const threadOptions: readonly (keyof ApplyOptions)[] = [
  'force',
  'as',
  'capabilities',
  'noNewPrivileges',
]
const allOptions: readonly (keyof ApplyOptions)[] = [...threadOptions, 'onViolation']

/** What is asked for as filters for this machine. */
export const filtersFor = (
  what: ProfileSource | Filter | readonly Filter[],
  options: ApplyOptions,
  taken: readonly (keyof ApplyOptions)[] = allOptions,
): readonly Filter[] => {
  requireObject("options are an object, such as { onViolation: 'trap' }", options)
  refuseUnknown(options, taken)
  const { as, capabilities, onViolation } = options
  const given = isFilter(what) ? [what] : Array.isArray(what) ? (what as readonly unknown[]) : undefined
  if (given) {
    if (given.length > 0 && given.every(isFilter)) return answering(given.map(forThisMachine), onViolation)
    throw new SeccompError('ERR_USAGE', 'a list to apply holds filters, at least one; nothing was installed')
  }
  return compileAnswering(
    loadProfileSync(what as ProfileSource),
    { ...(as && { as }), ...(capabilities && { capabilities }) },
    ownTarget(),
    onViolation,
  )
}

const forThisMachine = (filter: Filter): Filter => {
  const { arch } = ownTarget()
  if (filter.policy.target.arch === arch) return filter
  throw new SeccompError(
    'ERR_TARGET_INVALID',
    `the filter is compiled for ${filter.policy.target.arch}, and this process is ${arch}: compile its profile here`,
  )
}

/**
 * The threads that don't have `added` filters more than the process had. The kernel gives all of them the caller's own stack
 * (kernel/seccomp.c, seccomp_sync_threads), so the counts are equal; before Linux 5.9 it tells no counts.
 */
export const withoutFilter = (
  before: readonly ThreadStatus[],
  after: readonly ThreadStatus[],
  added = 1,
): readonly ThreadStatus[] => {
  const most = Math.max(...before.map(({ filters }) => filters ?? 0))
  return after.filter(
    ({ mode, filters }) => mode !== 'filter' || (filters !== null && filters !== most + added),
  )
}
