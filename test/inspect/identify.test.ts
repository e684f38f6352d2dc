import { describe, expect, test } from 'vitest'
import { op, type Program } from '../../lib/bpf/instruction.ts'
import { verdict } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { formatReading } from '../../lib/inspect/identify/format.ts'
import { type Identity, identify } from '../../lib/inspect/identify/identify.ts'
import { parseProfile } from '../../lib/profile/parse.ts'
import { dockerReleases } from '../../lib/profile/presets/docker-default-releases.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { nameOf } from '../../lib/syscalls/numbers.ts'

const kernel = { major: 6, minor: 18 }
const whatIs = (program: Program, arch: 'x86_64' | 'aarch64' = 'x86_64'): Identity =>
  identify(program, { arch, kernel })

/** The words for a filter that is proved to be a profile's. */
const words = (program: Program, arch?: 'x86_64' | 'aarch64'): string => {
  const identity = whatIs(program, arch)
  return identity.result === 'profile'
    ? formatReading(identity.reading)
    : `none: ${formatReading(identity.nearest)}`
}

/** The call that tells a filter from the nearest profile. */
const witness = ({ proof }: Identity): string | undefined =>
  proof.result === 'differs'
    ? nameOf(proof.call.arch === architecture('x86').audit ? 'x86' : 'x86_64', proof.call.nr)
    : undefined

const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const

describe('identify', () => {
  test.each(['docker-default', 'podman-default'])('knows %s, in each reading', (preset) => {
    const title = preset === 'docker-default' ? "Docker's default" : "Podman's default"
    expect(words(compile(preset, options).instructions)).toBe(`${title}, as this package compiles it`)
    expect(words(compile(preset, { ...options, as: 'runc' }).instructions)).toBe(`${title}, as runc loads it`)
    const crun = words(compile(preset, { ...options, as: 'crun' }).instructions)
    // Podman's answers unknown calls with ENOSYS by itself: runc's stub adds nothing.
    expect(crun).toBe(`${title}, as ${preset === 'docker-default' ? 'crun' : 'runc'} loads it`)
  })

  test.each([
    [[], "Docker's default with CAP_SYS_CHROOT dropped"],
    [['SYS_CHROOT', 'SYS_PTRACE'], "Docker's default with CAP_SYS_PTRACE added"],
    [['BPF', 'SYSLOG'], "Docker's default with CAP_BPF and CAP_SYSLOG added and CAP_SYS_CHROOT dropped"],
    // CAP_SYS_ADMIN opens what CAP_SYSLOG and CAP_BPF do.
    [['SYS_ADMIN', 'SYS_CHROOT', 'BPF', 'SYSLOG'], "Docker's default with CAP_SYS_ADMIN added"],
  ])('tells for which capabilities: %j', (capabilities, expected) => {
    const said = words(compile('docker-default', { ...options, capabilities, as: 'runc' }).instructions)
    expect([...said.split(', as ')[0]!.split(/[ ,]+/)].sort()).toEqual(expected.split(/[ ,]+/).sort())
  })

  test.each(['none', 'all', ['AUDIT_WRITE'], ['SYS_ADMIN'], ['SYS_ADMIN', 'PERFMON']] as const)(
    "proves Podman's default for capabilities that only conditions show: %j",
    (capabilities) => {
      const { instructions } = compile('podman-default', { ...options, capabilities })
      expect(whatIs(instructions).result).toBe('profile')
    },
  )

  test('works on other architectures', () => {
    const { instructions } = compile('docker-default', { ...options, arch: 'aarch64', as: 'runc' })
    expect(words(instructions, 'aarch64')).toBe("Docker's default, as runc loads it")
  })

  test.each([...dockerReleases()])("knows Docker's default of %s", (releases, profile) => {
    const { instructions } = compile(profile, { ...options, as: 'runc' })
    expect(words(instructions)).toBe(`Docker's default, as Docker ${releases} had it, as runc loads it`)
  })

  test('sees which calls the runtime did not know', () => {
    const { syscalls, ...rest } = findPreset('docker-default')!
    const newer = [
      'statmount',
      'listmount',
      'mseal',
      'setxattrat',
      'getxattrat',
      'listxattrat',
      'removexattrat',
    ]
    const unknown = [...newer, 'lsm_get_self_attr', 'lsm_set_self_attr', 'lsm_list_modules', 'uretprobe']
    const profile = parseProfile({
      ...rest,
      syscalls: syscalls
        .map((rule) => ({ ...rule, names: rule.names.filter((name) => !unknown.includes(name)) }))
        .filter(({ names }) => names.length > 0),
    })
    const reading = /^Docker's default.*, as runc loads it, without the calls newer than futex_requeue/
    const said = words(compile(profile, { ...options, as: 'runc' }).instructions)
    expect(said).toMatch(reading)
  })

  test('sees which architectures are not listed', () => {
    const { archMap: _, ...rest } = findPreset('docker-default')!
    const { instructions } = compile(
      { ...rest, architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] },
      { ...options, as: 'runc' },
    )
    expect(words(instructions)).toBe("Docker's default, as runc loads it, without x32")
  })

  test('says none of them where one call differs, and names a call that shows it', () => {
    const base = findPreset('docker-default')!
    const profile = parseProfile({
      ...base,
      syscalls: base.syscalls.map((rule) => ({
        ...rule,
        names: rule.names.map((name) => (name === 'mkdir' ? 'keyctl' : name)),
      })),
    })
    const identity = whatIs(compile(profile, { ...options, as: 'runc' }).instructions)
    expect(identity).toMatchObject({ result: 'none', nearest: { profile: 'docker-default', as: 'runc' } })
    expect(['mkdir', 'keyctl']).toContain(witness(identity))
  })

  test('is not fooled by a difference in an argument that no question has', () => {
    const base = findPreset('docker-default')!
    const profile = parseProfile({
      ...base,
      syscalls: [
        ...base.syscalls.map((rule) => ({ ...rule, names: rule.names.filter((name) => name !== 'ioctl') })),
        {
          names: ['ioctl'],
          action: 'SCMP_ACT_ALLOW',
          args: [{ index: 1, value: 0x5412, op: 'SCMP_CMP_NE' }],
        },
      ],
    })
    const identity = whatIs(compile(profile, { ...options, as: 'runc' }).instructions)
    expect(identity).toMatchObject({ result: 'none' })
    expect(witness(identity)).toBe('ioctl')
  })

  test('knows a program that allows everything from one that allows everything on three architectures', () => {
    const all = [{ code: op.RET_K, jt: 0, jf: 0, k: verdict('ALLOW') }]
    expect(whatIs(all).result).toBe('none')
    expect(words(compile('unconfined', options).instructions)).toBe('unconfined, as this package compiles it')
  })

  test('takes profiles of the caller', () => {
    const profile = parseProfile({ defaultAction: 'SCMP_ACT_LOG' })
    const { instructions } = compile(profile, options)
    const identity = identify(instructions, {
      arch: 'x86_64',
      kernel,
      profiles: new Map([['mine.json', profile]]),
    })
    expect(identity).toMatchObject({
      result: 'profile',
      reading: { profile: 'mine.json', releases: undefined },
    })
  })

  test('refuses what the kernel would refuse', () => {
    expect(() => whatIs([])).toThrow(expect.objectContaining({ code: 'ERR_FILTER_INVALID' }))
  })
})
