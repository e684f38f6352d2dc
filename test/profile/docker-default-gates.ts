import type { Gate, Profile, Rule } from '../../lib/profile/types.ts'

/**
 * A model of moby's gates, apart from lib/policy/resolve.ts on purpose: written from moby's setupSeccomp alone, in
 * as few lines as it takes, so that the tests of the preset have a second opinion.
 */

/** One process on one host, in Docker's words. */
export interface Host {
  /** `amd64` */
  readonly arch: string
  /** `4.8` */
  readonly kernel: string
  readonly capabilities: readonly string[]
}

/** Below and above every minKernel of the profile, and one that is recent. */
export const kernels = ['4.4', '4.8', '5.10', '6.18'] as const

/** The fourteen that Docker gives a container (moby oci/caps/defaults.go). */
export const dockersFourteen: readonly string[] = [
  ...[
    'CHOWN',
    'DAC_OVERRIDE',
    'FSETID',
    'FOWNER',
    'MKNOD',
    'NET_RAW',
    'SETGID',
    'SETUID',
    'SETFCAP',
    'SETPCAP',
  ],
  ...['NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE'],
].map((name) => `CAP_${name}`)

/** Every capability of capabilities(7). */
export const everyCapability: readonly string[] = [
  ...dockersFourteen,
  ...[
    ...['AUDIT_CONTROL', 'AUDIT_READ', 'BLOCK_SUSPEND', 'BPF', 'CHECKPOINT_RESTORE', 'DAC_READ_SEARCH'],
    ...['IPC_LOCK', 'IPC_OWNER', 'LEASE', 'LINUX_IMMUTABLE', 'MAC_ADMIN', 'MAC_OVERRIDE', 'NET_ADMIN'],
    ...['NET_BROADCAST', 'PERFMON', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_MODULE', 'SYS_NICE', 'SYS_PACCT'],
    ...['SYS_PTRACE', 'SYS_RAWIO', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'SYSLOG', 'WAKE_ALARM'],
  ].map((name) => `CAP_${name}`),
]

/** No capabilities, Docker's, each alone, all. */
export const capabilitySets: readonly (readonly string[])[] = [
  [],
  dockersFourteen,
  ...everyCapability.map((name) => [name]),
  everyCapability,
]

const atLeast = (kernel: string, minimum: string): boolean => {
  const [major = 0, minor = 0] = kernel.split('.').map(Number)
  const [minMajor = 0, minMinor = 0] = minimum.split('.').map(Number)
  return major * 1000 + minor >= minMajor * 1000 + minMinor
}

/** One ANY, one ALL: excludes drop a rule at the first hit, includes keep it only when nothing is missing. */
const excluded = (gate: Gate, host: Host): boolean =>
  (gate.arches ?? []).includes(host.arch) ||
  (gate.caps ?? []).some((name) => host.capabilities.includes(name)) ||
  (gate.minKernel !== undefined && atLeast(host.kernel, gate.minKernel))

const included = (gate: Gate, host: Host): boolean =>
  (!gate.arches?.length || gate.arches.includes(host.arch)) &&
  (gate.caps ?? []).every((name) => host.capabilities.includes(name)) &&
  (gate.minKernel === undefined || atLeast(host.kernel, gate.minKernel))

/** The rules that count on `host`. */
export const openRules = (profile: Profile, host: Host): readonly Rule[] =>
  profile.syscalls.filter(
    ({ includes, excludes }) => !excluded(excludes ?? {}, host) && included(includes ?? {}, host),
  )

/** Meanings by the rules they come from: the matrix is large, the distinct sets of open rules are few. */
const meanings = new WeakMap<Profile, Map<string, ReadonlyMap<string, string>>>()

/** Per call, what each of its rules says, as text, sorted: two profiles that agree in this mean the same. */
export const meaning = (profile: Profile, host: Host): ReadonlyMap<string, string> => {
  const known = meanings.get(profile) ?? new Map<string, ReadonlyMap<string, string>>()
  meanings.set(profile, known)
  const rules = openRules(profile, host)
  const key = rules.map((rule) => profile.syscalls.indexOf(rule)).join()
  const found = known.get(key) ?? meaningOf(rules)
  known.set(key, found)
  return found
}

const meaningOf = (rules: readonly Rule[]): ReadonlyMap<string, string> => {
  const verdicts = new Map<string, Set<string>>()
  for (const { names, action, errnoRet, args } of rules) {
    const conditions = args.map((each) => `a${each.index} ${each.op} ${each.value} ${each.valueTwo}`).sort()
    const text = [action, errnoRet, ...conditions].join(' | ')
    for (const name of names) verdicts.set(name, (verdicts.get(name) ?? new Set()).add(text))
  }
  return new Map([...verdicts].map(([name, texts]) => [name, [...texts].sort().join('\n')]))
}

/** The calls that pass on `host` whatever their arguments, and those that pass with some. */
export const allowedOn = (profile: Profile, host: Host): { always: Set<string>; sometimes: Set<string> } => {
  const allowing = openRules(profile, host).filter(({ action }) => action === 'SCMP_ACT_ALLOW')
  return {
    always: new Set(allowing.filter(({ args }) => !args.length).flatMap(({ names }) => names)),
    sometimes: new Set(allowing.filter(({ args }) => args.length).flatMap(({ names }) => names)),
  }
}
