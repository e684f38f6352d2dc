import { SeccompError } from '../errors.ts'
import { allSyscallNames, isKnownSyscall } from '../syscalls/numbers.ts'
import { quote } from './found.ts'
import { parseProfile } from './parse.ts'
import { didYouMean } from './suggest.ts'
import type { ActionName, Condition, Gate, OperatorName, Profile } from './types.ts'

/** Profiles written in code: a few words that make the document. */

/** What happens to a call: an action, and for ERRNO which error the caller sees. */
export interface Outcome {
  readonly action: ActionName
  /** A name such as `EACCES`, or its number. */
  readonly errno?: string | number
}

/** ERRNO with this error. @example errno('ENOSYS') */
export const errno = (error: string | number): Outcome => ({ action: 'SCMP_ACT_ERRNO', errno: error })

/** Everything of a profile but its rules; `default` is what calls without a rule get. */
export interface ProfileStart extends Omit<Profile, 'defaultAction' | 'defaultErrnoRet' | 'syscalls'> {
  readonly default: Outcome | ActionName
}

/** What may follow the names and conditions of a rule. */
export interface RuleOptions extends Partial<Outcome> {
  readonly comment?: string
  readonly includes?: Gate
  readonly excludes?: Gate
}

/** The parts of a rule, in any order: names (any of them), conditions (all of them), options. */
export type RulePart = string | Condition | RuleOptions

/** Comparisons of one argument, unsigned. Numbers beyond 2^53 as bigint. */
export interface Argument {
  eq(value: bigint | number): Condition
  ne(value: bigint | number): Condition
  lt(value: bigint | number): Condition
  le(value: bigint | number): Condition
  gt(value: bigint | number): Condition
  ge(value: bigint | number): Condition
  /** `(argument & mask) === value` */
  masked(mask: bigint | number, value: bigint | number): Condition
}

/**
 * An argument of a call, to be compared.
 * @param index 0 to 5
 * @example arg(0).eq(40) // socket(2): AF_VSOCK
 */
export const arg = (index: number): Argument => {
  const compare =
    (op: OperatorName) =>
    (value: bigint | number, valueTwo: bigint | number = 0): Condition => ({
      index,
      op,
      value: exact(value),
      valueTwo: exact(valueTwo),
    })
  return {
    eq: compare('SCMP_CMP_EQ'),
    ne: compare('SCMP_CMP_NE'),
    lt: compare('SCMP_CMP_LT'),
    le: compare('SCMP_CMP_LE'),
    gt: compare('SCMP_CMP_GT'),
    ge: compare('SCMP_CMP_GE'),
    masked: compare('SCMP_CMP_MASKED_EQ'),
  }
}

/** A number that JavaScript may have rounded is left as it is, for the parser to refuse. */
const exact = (value: bigint | number): bigint =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : (value as bigint)

/**
 * A profile in the making. Each method returns a new one; the old one stays as it is.
 * @example profile({ default: 'SCMP_ACT_ALLOW' }).deny('mkdir').build()
 */
export class ProfileBuilder {
  readonly #start: ProfileStart
  readonly #rules: readonly BuiltRule[]

  constructor(start: ProfileStart, rules: readonly BuiltRule[] = []) {
    this.#start = start
    this.#rules = rules
  }

  /** Let these calls through, if the conditions hold. */
  allow(...parts: readonly RulePart[]): ProfileBuilder {
    return this.#add('SCMP_ACT_ALLOW', parts)
  }

  /** Stop these calls, if the conditions hold: ERRNO(EPERM), unless the options say otherwise. */
  deny(...parts: readonly RulePart[]): ProfileBuilder {
    return this.#add('SCMP_ACT_ERRNO', parts)
  }

  /**
   * The profile: a plain, frozen document.
   * @throws ProfileError for what breaks the format; SeccompError ERR_UNKNOWN_NAME for a call that no architecture
   * has, ERR_USAGE for rules that the runtimes would take in another sense than they read here.
   */
  build(): Profile {
    const { default: fallback, ...rest } = this.#start
    const { action, errno: error } = typeof fallback === 'string' ? { action: fallback } : fallback
    this.#rules.forEach(checkRule)
    checkTogether(this.#rules)
    return parseProfile({
      defaultAction: action,
      ...asErrno(error, 'defaultErrno'),
      ...rest,
      syscalls: this.#rules.map(({ errno: value, ...rule }) => ({ ...rule, ...asErrno(value, 'errno') })),
    })
  }

  #add(action: ActionName, parts: readonly RulePart[]): ProfileBuilder {
    const names = parts.filter((part) => typeof part === 'string')
    const args = parts.filter((part): part is Condition => typeof part === 'object' && 'index' in part)
    const options = parts.filter(
      (part): part is RuleOptions => typeof part === 'object' && !('index' in part),
    )
    return new ProfileBuilder(this.#start, [
      ...this.#rules,
      Object.assign({ action }, ...options, { names, args }),
    ])
  }
}

/**
 * Start a profile.
 * @example
 * profile({ default: errno('EPERM') })
 *   .allow('read', 'write', 'exit_group')
 *   .allow('socket', arg(0).eq(1))
 *   .deny('clone3', { errno: 'ENOSYS' })
 *   .build()
 */
export const profile = (start: ProfileStart): ProfileBuilder => new ProfileBuilder(start)

interface BuiltRule extends RuleOptions {
  readonly names: readonly string[]
  readonly action: ActionName
  readonly args: readonly Condition[]
}

/** Names and numbers of errors have keys of their own in the format. */
const asErrno = (error: string | number | undefined, key: 'errno' | 'defaultErrno'): object => {
  if (error === undefined) return {}
  return typeof error === 'string' ? { [key]: error } : { [`${key}Ret`]: error }
}

const checkRule = ({ names, args }: BuiltRule): void => {
  const unknown = names.find((name) => !name.startsWith('#') && !isKnownSyscall(name))
  if (unknown !== undefined)
    throw new SeccompError(
      'ERR_UNKNOWN_NAME',
      `no architecture has a call ${quote(unknown)}${didYouMean(unknown, allSyscallNames())}`,
    )
  const twice = args.find(({ index }, i) => args.findIndex((other) => other.index === index) < i)
  if (twice)
    throw new SeccompError(
      'ERR_USAGE',
      `argument ${twice.index} of ${names.join(', ')} is compared twice in one rule, and the runtimes would take either ` +
        'as enough: write a rule for each, or one mask or range',
    )
}

/** libseccomp takes the first rule without conditions and drops all others on the call, wherever they stand. */
const checkTogether = (rules: readonly BuiltRule[]): void => {
  const always = new Map<string, BuiltRule>()
  for (const rule of rules)
    if (rule.args.length === 0 && !rule.includes && !rule.excludes)
      for (const name of rule.names) if (!always.has(name)) always.set(name, rule)
  for (const rule of rules)
    for (const name of rule.names) {
      const first = always.get(name)
      if (!first || (first.action === rule.action && first.errno === rule.errno)) continue
      throw new SeccompError(
        'ERR_USAGE',
        `${name} has a rule without conditions, so another with ${rule.action} never counts: give both conditions, or ` +
          'use extend(), which lets deny win',
      )
    }
}
