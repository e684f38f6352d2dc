import { multiplexedBy } from '../../lib/policy/multiplex.ts'
import type { ActionName, Condition, OperatorName, Profile, Rule } from '../../lib/profile/types.ts'
import { type ArchitectureName, architecture } from '../../lib/syscalls/architectures.ts'
import { numberOf, syscallNames } from '../../lib/syscalls/numbers.ts'
import type { Random } from '../random.ts'
import type { Libseccomp } from './libseccomp.js'
import { knownNames } from './opponent.ts'

/** A profile, and the architectures it is for, the first the native one. */
export interface RandomCase {
  readonly profile: Profile
  readonly architectures: readonly ArchitectureName[]
  readonly optimize: 1 | 2
}

/** What a profile may list together; the first is the native one. */
export const families: readonly ArchitectureName[][] = [
  ['x86_64'],
  ['x86_64', 'x86'],
  ['x86_64', 'x86', 'x32'],
  ['x86_64', 'x32'],
  ['x86'],
  ['x32'],
  ['arm'],
  ['aarch64'],
  ['aarch64', 'arm'],
]
const actions: ActionName[] = [
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_LOG',
]
const exact: OperatorName[] = ['SCMP_CMP_EQ', 'SCMP_CMP_MASKED_EQ']
const all: OperatorName[] = [
  ...exact,
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_GT',
  'SCMP_CMP_GE',
]

/** A profile of {@link randomProfile}, of calls that libseccomp and we know alike. */
export const randomCase = (random: Random, libseccomp: Libseccomp): RandomCase => {
  const architectures = random.of(families)
  const names = comparableNames(libseccomp, architectures)
  return { profile: randomProfile(random, names, architectures), architectures, optimize: random.of([1, 2]) }
}

/**
 * A profile from the fragment in which libseccomp is right: a call has one rule with any operators, or any number of
 * rules with EQ and MASKED_EQ only, of one condition each where several architectures share the program. Outside,
 * libseccomp merges some rules wrongly (libseccomp-bugs.test.ts).
 */
export const randomProfile = (
  random: Random,
  names: readonly string[],
  architectures: readonly ArchitectureName[],
): Profile => {
  const most = architectures.length > 1 ? 1 : 3
  const data = (action: ActionName): { errnoRet?: number } =>
    /ERRNO|TRACE/.test(action) && random.chance(2) ? { errnoRet: random.below(40) } : {}
  const defaultAction = random.of(actions)
  const { errnoRet: defaultErrnoRet } = data(defaultAction)
  const syscalls: Rule[] = []
  const add = (name: string, args: readonly Condition[]): void => {
    const action = random.of(actions)
    syscalls.push({ names: [name], action, args, ...data(action) })
  }
  // Several names share a door, so their rules there are several on one call.
  for (const name of picked(random, names, 1 + random.below(12)))
    if (random.chance(3) && !multiplexedBy(name)) add(name, conditions(random, all, random.below(4), false))
    else
      for (let rules = 1 + random.below(4); rules > 0; rules--)
        add(name, conditions(random, exact, random.below(most + 1), random.chance(8)))
  return {
    defaultAction,
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    architectures: architectures.map((name) => architecture(name).scmp),
    syscalls,
  }
}

/** Rules' order is kept, their places are not: rules of one call needn't stand side by side. */
const picked = (random: Random, names: readonly string[], count: number): string[] => {
  const start = random.below(names.length)
  // Half of them neighbours, so that numbers form runs.
  return [
    ...new Set(
      Array.from({ length: count }, (_, i) =>
        random.chance(2) ? names[(start + i) % names.length]! : random.of(names),
      ),
    ),
  ]
}

const conditions = (
  random: Random,
  operators: readonly OperatorName[],
  count: number,
  repeat: boolean,
): Condition[] => {
  const left = [0, 1, 2, 3, 4, 5]
  return Array.from({ length: count }, () => {
    const index = repeat ? random.below(2) : left.splice(random.below(left.length), 1)[0]!
    return { index, op: random.of(operators), value: operand(random), valueTwo: operand(random) }
  })
}

const corners = [
  0n,
  1n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 32n + 1n,
  2n ** 63n,
  2n ** 64n - 1n,
]

const operand = (random: Random): bigint => {
  switch (random.below(5)) {
    case 0:
      return random.of(corners)
    case 1:
      return BigInt(random.below(2 ** 32))
    case 2:
      return (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32))
    case 3:
      return 1n << BigInt(random.below(64))
    default:
      return BigInt(random.below(6))
  }
}

const comparable = new Map<string, string[]>()

/**
 * Names that both know and that have a number of their own on every architecture: without one libseccomp may forget
 * to load the number (libseccomp-bugs.test.ts). By number, so that neighbours are neighbours.
 */
const comparableNames = (
  libseccomp: Libseccomp,
  architectures: readonly ArchitectureName[],
): readonly string[] => {
  const key = architectures.join(' ')
  const known = comparable.get(key)
  if (known) return known
  const everywhere = [...syscallNames(architectures[0]!).keys()].filter((name) =>
    architectures.every((arch) => numberOf(arch, name) !== undefined),
  )
  const names = knownNames(libseccomp, everywhere, architectures)
  names.sort((a, b) => numberOf(architectures[0]!, a)! - numberOf(architectures[0]!, b)!)
  comparable.set(key, names)
  return names
}
