import { SeccompError } from '../errors.ts'
import { requireObject } from '../given.ts'
import { found } from '../profile/found.ts'
import { didYouMean } from '../profile/suggest.ts'
import { type ArchitectureName, architectures, findArchitecture } from '../syscalls/architectures.ts'
import { capabilities as allCapabilities, dockerCapabilities } from '../syscalls/capabilities.ts'

/**
 * What a profile is resolved for: Docker's gates ask about the architecture, the kernel and the capabilities of the
 * process that will run.
 */
export interface Target {
  /** The native architecture, libseccomp's spelling: `x86_64`, `aarch64`. */
  readonly arch: ArchitectureName
  readonly kernel: KernelVersion
  /** Capability names (`CAP_SYS_ADMIN`), in the kernel's order. */
  readonly capabilities: readonly string[]
}

/** Major and minor number: all that Docker's `minKernel` compares (moby kernel_linux.go). */
export interface KernelVersion {
  readonly major: number
  readonly minor: number
}

/** A target as a caller writes it. */
export interface TargetOptions {
  /** `x86_64` or `SCMP_ARCH_X86_64`. */
  readonly arch?: string
  /** `6.18`, or a longer release such as `6.18.44-generic`. */
  readonly kernel?: string
  /** Names, with or without `CAP_`, or a set: none, Docker's default fourteen, every one. */
  readonly capabilities?: 'none' | 'docker' | 'all' | readonly string[]
}

/**
 * A checked {@link Target}; what the caller leaves open comes from `defaults`.
 * @throws SeccompError ERR_TARGET_INVALID for an unknown architecture or capability, a version that is no version, or
 * a part that neither gives.
 * @example makeTarget({ arch: 'aarch64', kernel: '6.1', capabilities: 'docker' })
 */
export const makeTarget = (options: TargetOptions, defaults?: Partial<Target>): Target => {
  requireObject("makeTarget takes a target's parts, such as { arch: 'x86_64' }", options)
  return targetOf(options, defaults)
}

const targetOf = (options: TargetOptions, defaults?: Partial<Target>): Target => ({
  arch: options.arch === undefined ? needed('arch', defaults?.arch) : parseArchitecture(options.arch),
  kernel: options.kernel === undefined ? needed('kernel', defaults?.kernel) : parseKernel(options.kernel),
  capabilities:
    options.capabilities === undefined
      ? needed('capabilities', defaults?.capabilities)
      : parseCapabilities(options.capabilities),
})

const needed = <T>(name: string, value: T | undefined): T => {
  if (value !== undefined) return value
  throw new SeccompError(
    'ERR_TARGET_INVALID',
    `no ${name} given, and this machine can't tell: name one in the target`,
  )
}

/**
 * The architecture called `x86_64` or `SCMP_ARCH_X86_64`.
 * @throws SeccompError ERR_TARGET_INVALID for a name that is neither.
 */
export const parseArchitecture = (name: string): ArchitectureName => {
  if (typeof name !== 'string')
    throw new SeccompError(
      'ERR_TARGET_INVALID',
      `an architecture is a text, such as x86_64, not ${found(name)}`,
    )
  const known = findArchitecture(name)
  if (known) return known.name
  const names = architectures.map((each) => each.name)
  throw new SeccompError(
    'ERR_TARGET_INVALID',
    `unknown architecture '${name}'${didYouMean(name, names) || `; known are ${names.join(', ')}`}`,
  )
}

/**
 * Major and minor of a kernel release.
 * @throws SeccompError ERR_TARGET_INVALID when the text doesn't start with two numbers.
 */
export const parseKernel = (release: string): KernelVersion => {
  const match = /^(\d{1,5})\.(\d{1,5})(?:[.+-].*)?$/.exec(release)
  if (match) return { major: Number(match[1]), minor: Number(match[2]) }
  throw new SeccompError('ERR_TARGET_INVALID', `'${release}' is no kernel version; write one like 6.18`)
}

/** Whether `kernel` is `minimum` or newer. */
export const kernelAtLeast = (kernel: KernelVersion, minimum: KernelVersion): boolean =>
  kernel.major > minimum.major || (kernel.major === minimum.major && kernel.minor >= minimum.minor)

/**
 * Capability names from a set's name or a list.
 * @throws SeccompError ERR_TARGET_INVALID for a name the kernel doesn't have.
 */
export const parseCapabilities = (wanted: NonNullable<TargetOptions['capabilities']>): readonly string[] => {
  if (wanted === 'none') return []
  if (wanted === 'docker') return dockerCapabilities
  if (wanted === 'all') return allCapabilities
  if (typeof wanted === 'string')
    throw new SeccompError(
      'ERR_TARGET_INVALID',
      `capabilities: '${wanted}' is none of none, docker, all or a list`,
    )
  const full = wanted.map((name) => {
    const upper = name.toUpperCase()
    return upper.startsWith('CAP_') ? upper : `CAP_${upper}`
  })
  const unknown = full.filter((name) => !allCapabilities.includes(name))
  if (unknown.length)
    throw new SeccompError(
      'ERR_TARGET_INVALID',
      `unknown capability ${unknown.join(', ')}${didYouMean(unknown[0]!, allCapabilities) || '; see capabilities(7)'}`,
    )
  return allCapabilities.filter((name) => full.includes(name))
}

/**
 * Capabilities as a list in one text, which may name sets: `docker,SYS_PTRACE` is what `docker run --cap-add SYS_PTRACE`
 * grants. For {@link TargetOptions}; names aren't checked here.
 */
export const expandCapabilities = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .flatMap((each) => {
      const set = each.toLowerCase()
      return set === 'none' || set === 'docker' || set === 'all' ? parseCapabilities(set) : [each]
    })
