/**
 * Starting Node in two stages. Stage one, before exec: everything but io_uring, whose rings work past a filter and which
 * a running Node can't lose (libuv aborts). Stage two, once Node is up and before the user's first line: the profile.
 */

import { resolve } from 'node:path'
import { SeccompError } from '../../errors.ts'
import { compile, type Filter } from '../../filter/compile.ts'
import { bindingPath, packageRoot } from '../../kernel/binding.ts'
import { crypto } from '../../kernel/builtins.ts'
import { filterFlags, flagBits } from '../../kernel/flags.ts'
import { hostTarget } from '../../kernel/host.ts'
import type { Policy } from '../../policy/policy.ts'
import { type KnownArguments, outcomeOf, possibleAnswers } from '../preflight/answers.ts'
import { PreflightError } from '../preflight/finding.ts'
import { threadsAreLetBegin } from '../preflight/needs.ts'
import { preflight, refusedBy } from '../preflight/preflight.ts'
import { libc, type Situation } from '../preflight/situation.ts'
import { handled } from '../spawn/answering.ts'
import { sharedDescriptor } from '../spawn/descriptor.ts'
import type { Confinement } from '../spawn/filter.ts'
import { ORDER_VARIABLE, type Order, optionFor } from './order.ts'

/** A Node to be started, as its options and environment say. */
export interface NodeStart {
  /** Options before the script. */
  readonly execArgv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Start it although preflight knows that it would not live. */
  readonly force: boolean
  /** As in the order. */
  readonly executions?: number
  readonly request?: string | null
}

/** The same with stage two in it. */
export interface StagedStart {
  readonly stageOne: Confinement
  /** The descriptor of the order, to be inherited. */
  readonly orderFd: number
  /** To stand right before the script. */
  readonly execArgv: readonly string[]
  /** To be given once the number is known that the order's descriptor has there. */
  readonly env: (orderFd: number) => NodeJS.ProcessEnv
}

/**
 * Splits a confinement in two stages.
 * @throws PreflightError ERR_PREFLIGHT for a profile that Node would abort or hang under; SeccompError ERR_USAGE for
 * options that load modules, beside a profile that lets no file be opened.
 */
export const inTwoStages = (
  confinement: Confinement,
  { execArgv, env, force, executions = 0, request = null }: NodeStart,
): StagedStart => {
  const plan = planFor(confinement, execArgv)
  if (!force && plan.fatal) throw plan.fatal
  const words = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/[\s"]+/)]
  refuseConfiguration(words)
  if (plan.afterReading) refuseLoading(words)
  const order = orderFor(confinement, plan, executions, request)
  const { NODE_OPTIONS: nodeOptions } = env
  const { preload } = files()
  return {
    stageOne: {
      filters: [stageOne()],
      flags: [],
      noNewPrivileges: confinement.noNewPrivileges,
      traps: false,
    },
    orderFd: sharedDescriptor(order, 'seccomp-stage-two', () => order.bytes),
    // In NODE_OPTIONS before what that loads, which comes before all other options; also where there is none, for an
    // --env-file may hold one. A Node that ignores it shall have stage two as well; twice it does nothing.
    execArgv: plan.afterReading ? [...execArgv, preload] : ['--require', preload, ...execArgv],
    env: (orderFd) => ({
      ...env,
      ...(!plan.afterReading && { NODE_OPTIONS: optionFor(preload) + (nodeOptions ?? '') }),
      [ORDER_VARIABLE]: String(orderFd),
    }),
  }
}

let knownFiles: { readonly addon: string; readonly preload: string } | undefined

/** What stage two loads: plain JavaScript, from wherever this code runs, and the addon. */
const files = (): { readonly addon: string; readonly preload: string } => {
  knownFiles ??= {
    addon: bindingPath(),
    preload: resolve(packageRoot(), 'dist/process/two-stage/stage-two.cjs'),
  }
  return knownFiles
}

let knownStageOne: Filter | undefined

/** Loaded by no name, since nobody shall choose it: it protects nothing but stage two. */
const stageOne = (): Filter => {
  knownStageOne ??= compile(
    {
      defaultAction: 'SCMP_ACT_ALLOW',
      // The profile decides about the other architectures of this CPU.
      archMap: [
        { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
        { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
      ],
      syscalls: [
        {
          names: ['io_uring_setup', 'io_uring_enter', 'io_uring_register'],
          action: 'SCMP_ACT_ERRNO',
          errno: 'ENOSYS',
        },
      ],
    },
    {},
    hostTarget(),
  )
  return knownStageOne
}

/** What the profile means for how Node is started. */
interface Plan {
  readonly fatal: PreflightError | undefined
  readonly warmPool: boolean
  readonly signalsToKernel: boolean
  readonly afterReading: boolean
}

const plans = new WeakMap<Filter, Map<string, Plan>>()

/** Of the same filters and options it is the same. */
const planFor = ({ filters, traps }: Confinement, execArgv: readonly string[]): Plan => {
  const jit = !execArgv.includes('--jitless')
  const known = plans.get(filters[0]!) ?? new Map<string, Plan>()
  plans.set(filters[0]!, known)
  const key = `${jit} ${filters.length} ${traps}`
  const plan =
    known.get(key) ??
    makePlan(
      filters.map(({ policy }) => (traps ? handled(policy) : policy)),
      jit,
    )
  // A filter that a caller stacks with others is planned anew.
  if (filters.length === 1) known.set(key, plan)
  return plan
}

const makePlan = (policies: readonly Policy[], jit: boolean): Plan => {
  const node = Number(process.versions.node.split('.')[0])
  const cold: Situation = { node, libc: libc(), rings: 0, pool: 'cold', jit }
  const refused = refusedBy(policies)
  const warmPool = !threadsAreLetBegin(cold, refused)
  const findings = preflight(policies, warmPool ? { ...cold, pool: 'warm' } : cold)
  return {
    fatal: findings.some(({ severity }) => severity === 'fatal')
      ? new PreflightError(findings, 'child')
      : undefined,
    warmPool,
    signalsToKernel: refused('tgkill'),
    afterReading: policies.some(refusesReading),
  }
}

/** O_RDONLY | O_CLOEXEC: how libuv opens what Node reads. */
const READ_ONLY = 0x80000n

/** Whether a module might not be read. libuv asks newfstatat where statx is refused, and musl opens by open. */
export const refusesReading = (policy: Policy): boolean => {
  const may = (name: string, known: KnownArguments = {}): boolean =>
    possibleAnswers(policy, name, known).some(({ verdict }) => outcomeOf(verdict, policy).kind !== 'allowed')
  return (
    may('openat', { 2: READ_ONLY }) ||
    (libc().name === 'musl' && may('open')) ||
    (may('statx') && may('newfstatat'))
  )
}

/** Options of Node that load code, or make something else than a script of it, without their dashes. */
const LOADING =
  /^-{1,2}(?:r|require|import|loader|experimental-loader|env-file.*|experimental-.*config.*|test|watch.*|c|check|e|eval|p|pe|print|i|interactive|run|build-s(?:ea|napshot).*|snapshot-blob|experimental-default-type|input-type|entry-url|experimental-entry-url)(?:=|$)/

/**
 * Under such a profile what the options load couldn't be read after stage two, and would be without the profile before
 * it.
 */
const refuseLoading = (words: readonly string[]): void => {
  const loading = words.find((word) => LOADING.test(word.replaceAll('_', '-')))
  if (loading === undefined) return
  throw new SeccompError(
    'ERR_USAGE',
    `the profile lets no file be opened, and Node is given ${loading}, which loads code: that code would run without ` +
      'the profile or not at all; leave it out of execArgv and NODE_OPTIONS (bundle it with the module), or let ' +
      'openat pass; nothing was started',
  )
}

/** What such a file has loaded comes before stage two, or not at all where NODE_OPTIONS is set. */
const refuseConfiguration = (words: readonly string[]): void => {
  const file = words.find((word) =>
    /^--(?:experimental-)?(?:default-)?config-file(?:=|$)/.test(word.replaceAll('_', '-')),
  )
  if (file === undefined) return
  throw new SeccompError(
    'ERR_USAGE',
    `Node is given ${file}, and what such a file has loaded would come before the profile: give its options in execArgv; ` +
      'nothing was started',
  )
}

/** The order with its programs, as stage two reads them; one object for one content. */
interface WrittenOrder {
  readonly bytes: Uint8Array
}

const digests = new WeakMap<Filter, string>()

/** Of what the kernel gets. */
export const digestOf = (filters: readonly Filter[]): string =>
  filters
    .map((filter) => {
      const digest = digests.get(filter) ?? crypto().createHash('sha256').update(filter.bytes).digest('hex')
      digests.set(filter, digest)
      return digest
    })
    .join()

const INSTRUCTION_BYTES = 8

const orders = new WeakMap<Filter, Map<string, WrittenOrder>>()

const orderFor = (
  { filters, flags, noNewPrivileges, traps }: Confinement,
  { warmPool, signalsToKernel, afterReading }: Plan,
  executions: number,
  request: string | null,
): WrittenOrder => {
  const order: Order = {
    addon: files().addon,
    sizes: filters.map(({ instructions }) => instructions.length * INSTRUCTION_BYTES),
    flags: flagBits(flags) | filterFlags.SECCOMP_FILTER_FLAG_TSYNC,
    noNewPrivileges,
    warmPool,
    signalsToKernel,
    afterReading,
    traps,
    digest: digestOf(filters),
    request,
    executions,
    preload: files().preload,
  }
  const text = JSON.stringify(order)
  const known = orders.get(filters[0]!) ?? new Map<string, WrittenOrder>()
  orders.set(filters[0]!, known)
  const written = known.get(text) ?? {
    bytes: Buffer.concat([Buffer.from(`${text}\n`), ...filters.map(({ bytes }) => bytes)]),
  }
  known.set(text, written)
  return written
}
