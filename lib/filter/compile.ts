import { ARCHITECTURE } from '../bpf/data.ts'
import { encode } from '../bpf/encode.ts'
import { MAX_INSTRUCTIONS, type Program } from '../bpf/instruction.ts'
import { SeccompError } from '../errors.ts'
import { composeWarnings } from '../policy/compose/warnings.ts'
import { formatVerdict } from '../policy/format.ts'
import type { Faithfulness, Policy } from '../policy/policy.ts'
import { resolvePolicy } from '../policy/rules.ts'
import { makeTarget, type Target, type TargetOptions } from '../policy/target.ts'
import { referenceOf } from '../profile/kubernetes.ts'
import { parseProfile } from '../profile/parse.ts'
import { findPreset } from '../profile/presets/index.ts'
import { presetNames } from '../profile/presets/names.ts'
import type { Profile } from '../profile/types.ts'
import { refuseUnknown } from '../profile/unknown-option.ts'
import { architecture } from '../syscalls/architectures.ts'
import { assemble } from './assemble.ts'
import { type CallCounts, readCallCounts } from './call-counts.ts'
import { lower } from './lower.ts'
import { numberTrees } from './numbers.ts'
import { type Proof, prove } from './prove/prove.ts'
import { type Stats, stats } from './stats.ts'
import { type Node, Tree } from './tree.ts'

/** A profile compiled for one target. */
export interface Filter {
  /** What it means. */
  readonly policy: Policy
  readonly instructions: Program
  /** The raw `struct sock_filter` array, in the target's byte order; a new one at each reading. */
  readonly bytes: Uint8Array
  /** That every possible call gets the policy's verdict, and what was compared to know it. */
  readonly proof: Proof & { readonly result: 'proved' }
  /** What it costs: size, worst path, calls that the kernel's cache takes. Computed when first read. */
  readonly stats: Stats
}

/**
 * Policy → filter, the whole pipeline. What it returns is proved; an unproved filter is never handed out.
 * @throws SeccompError ERR_FILTER_TOO_LARGE above the kernel's 4096 instructions; ERR_FILTER_UNPROVED for a bug here.
 */
export const compilePolicy = (policy: Policy, weights?: CallCounts): Filter => {
  const instructions = assemblePolicy(policy, weights)
  if (instructions.length > MAX_INSTRUCTIONS)
    throw tooLarge(policy, instructions, ', or compile a stack of filters (compileStack)')
  return provedFilter(policy, instructions)
}

const made = new WeakSet<object>()

/**
 * Whether `compile` made it, so that its instructions are those that were proved.
 * @throws SeccompError ERR_USAGE for what only looks like one: nobody knows what such instructions mean.
 */
export const isFilter = (value: unknown): value is Filter => {
  if (typeof value !== 'object' || value === null) return false
  if (made.has(value)) return true
  if (!('instructions' in value && 'policy' in value && 'proof' in value)) return false
  throw new SeccompError(
    'ERR_USAGE',
    'this is a copy of a filter, or of another thread or process, and nothing shows that it is what was proved; ' +
      'hand over the filter itself, or compile the profile here',
  )
}

/** Assembled instructions as a filter, once they are proved; nobody can change them afterwards. */
export const provedFilter = (policy: Policy, instructions: Program): Filter => {
  const own = Object.freeze(instructions.map((instruction) => Object.freeze({ ...instruction })))
  let known: Stats | undefined
  const filter = Object.freeze({
    policy,
    instructions: own,
    get bytes() {
      return encode(own, architecture(policy.target.arch).endian)
    },
    proof: proved(prove(own, policy)),
    get stats() {
      known ??= stats(own, policy.target)
      return known
    },
  })
  made.add(filter)
  return filter
}

/** ERR_FILTER_TOO_LARGE, which says where the room goes. */
export const tooLarge = (policy: Policy, instructions: Program, orElse = ''): SeccompError =>
  new SeccompError(
    'ERR_FILTER_TOO_LARGE',
    `the filter needs ${instructions.length} instructions, the kernel takes ${MAX_INSTRUCTIONS}; most go to ` +
      `${largestCalls(policy)}. List fewer conditions or architectures${orElse}.`,
  )

/** Policy → tree → steps → instructions, of any length and not yet proved. */
export const assemblePolicy = (policy: Policy, weights?: CallCounts): Program =>
  assemble(lower(policyTree(policy, weights)), architecture(policy.target.arch).endian)

/** The proof, or ERR_FILTER_UNPROVED. */
export const proved = (proof: Proof): Proof & { readonly result: 'proved' } => {
  if (proof.result === 'proved') return proof
  throw new SeccompError(
    'ERR_FILTER_UNPROVED',
    `the compiled filter is not its policy: ${describe(proof)}. This is a bug in seccomp; please report the profile.`,
  )
}

const describe = (proof: Exclude<Proof, { result: 'proved' }>): string =>
  proof.result === 'undecided'
    ? `${proof.instruction === undefined ? '' : `instruction ${proof.instruction}: `}${proof.reason}`
    : `call ${proof.call.nr} (${proof.call.args.join(', ')}) on 0x${proof.call.arch.toString(16)} gets ` +
      `${formatVerdict(proof.filter)} instead of ${formatVerdict(proof.policy)}`

/** The calls that take most of a filter, each with its own size: `ioctl on x86_64 (3071), read on x86_64 (900)`. */
const largestCalls = (policy: Policy): string =>
  policy.architectures
    .flatMap((where) => where.calls.map((call) => ({ where, call })))
    // Each is compiled alone to be measured: only those with the most rules.
    .sort((a, b) => b.call.rules.length - a.call.rules.length)
    .slice(0, 12)
    .map(({ where, call }) => {
      const alone = { ...policy, architectures: [{ ...where, calls: [call] }] }
      return { name: `${call.name} on ${where.arch}`, size: assemblePolicy(alone).length }
    })
    .sort((a, b) => b.size - a.size)
    .slice(0, 5)
    .map(({ name, size }) => `${name} (${size})`)
    .join(', ')

/** How to compile: for which target (missing parts come from the machine, where there is one), how faithfully. */
export interface CompileOptions extends TargetOptions {
  /** Default `safe`. */
  readonly as?: Faithfulness
  /**
   * How often the program makes each call: these move up in the decision tree, those the kernel can't cache
   * (argument-checked, refused) most of all, and so do the arguments seen. Only ratios matter; verdicts don't change.
   */
  readonly weights?: CallCounts
}

/**
 * Profile → filter for one target.
 * @param profile a profile, a document as Docker, Podman or the OCI write it, or a preset's name
 * @param options the target; in `seccomp/core` all of it must be given
 * @throws ProfileError for a document that breaks the format; SeccompError ERR_TARGET_INVALID, ERR_POLICY_CONFLICT,
 * ERR_UNKNOWN_SYSCALL, ERR_MIXED_BYTE_ORDER, ERR_FILTER_TOO_LARGE; for bad weights ERR_UNKNOWN_NAME, ERR_USAGE; for an
 * option that there isn't ERR_USAGE.
 * @example compile(profile, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }).bytes
 */
export const compile = (
  profile: object | string,
  options: CompileOptions = {},
  defaults?: Partial<Target>,
): Filter => {
  refuseUnknown(options, compileOptionNames)
  return compilePolicy(policyFor(profile, options, defaults), options.weights)
}

/** A misspelt one mustn't make a filter for another target than its author meant. */
export const compileOptionNames: readonly (keyof CompileOptions)[] = [
  'arch',
  'kernel',
  'capabilities',
  'as',
  'weights',
]

/** What a profile means on one target, from what {@link compile} takes. */
export const policyFor = (
  profile: object | string,
  options: CompileOptions,
  defaults?: Partial<Target>,
): Policy => {
  const policy = resolvePolicy(readProfile(profile), makeTarget(options, defaults), options.as)
  if (typeof profile === 'object') refuseWider(profile as Profile, policy)
  return policy
}

/** A composition that would be less strict than its profiles make it, loaded so, isn't loaded. */
const refuseWider = (profile: Profile, { as, architectures }: Policy): void => {
  const found = composeWarnings(profile).find(
    ({ wider }) => wider?.as.includes(as) && architectures.some(({ arch }) => wider.on.includes(arch)),
  )
  if (found) throw new SeccompError('ERR_POLICY_CONFLICT', found.message)
}

/** The profile that a caller names or hands over, checked. */
export const readProfile = (profile: object | string): Profile => {
  const reference = referenceOf(profile)
  if (reference && 'localhost' in reference)
    throw new SeccompError(
      'ERR_USAGE',
      `a Localhost profile is a file, '${reference.localhost}'; load it with loadProfile() first`,
    )
  if (reference) return preset(reference.preset)
  return typeof profile === 'string' ? preset(profile) : parseProfile(profile)
}

const preset = (name: string): Profile => {
  const found = findPreset(name)
  if (found) return found
  throw new SeccompError(
    'ERR_PROFILE_NOT_FOUND',
    `no preset is called '${name}' (there are ${presetNames.join(', ')}); load a file with loadProfile() first`,
  )
}

/** The decision graph of a whole policy: architecture first, then each one's numbers. */
export const policyTree = (policy: Policy, weights: CallCounts = {}): Node => {
  const counted = readCallCounts(weights)
  const tree = new Tree()
  const trees = numberTrees(tree, policy, counted)
  const audits = new Set(policy.architectures.map(({ audit }) => audit))
  return [...audits].reduceRight<Node>(
    (others, audit) => tree.test(ARCHITECTURE, 'JEQ', audit, trees.get(audit)!, others),
    tree.return(policy.foreignVerdict),
  )
}
