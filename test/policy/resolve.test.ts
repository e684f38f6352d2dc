import { describe, expect, test } from 'vitest'
import { resolveProfile } from '../../lib/policy/resolve.ts'
import { makeTarget, type TargetOptions } from '../../lib/policy/target.ts'
import { parseProfile } from '../../lib/profile/parse.ts'

const on = (options: TargetOptions = {}): ReturnType<typeof makeTarget> =>
  makeTarget({ arch: 'x86_64', kernel: '4.19', capabilities: 'none', ...options })

const names = (document: object, options?: TargetOptions): string[] =>
  resolveProfile(parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', ...document }), on(options)).rules.flatMap(
    (rule) => rule.names,
  )

const rule = (name: string, gates: object): object => ({
  names: [name],
  action: 'SCMP_ACT_ALLOW',
  args: [],
  ...gates,
})

/** The cases of moby's own tests (profiles/seccomp/seccomp_linux_test.go), by their meaning. */
describe('gates, as moby resolves them', () => {
  const conditional = {
    syscalls: [
      rule('chmod', {}),
      rule('syslog', { includes: { caps: ['CAP_SYSLOG'] } }),
      rule('ptrace', { excludes: { caps: ['CAP_SYS_ADMIN'] } }),
    ],
  }

  test('without a capability, rules that include it are out and rules that exclude it are in', () => {
    expect(names(conditional)).toEqual(['chmod', 'ptrace'])
  })

  test('with the capability it is the other way round', () => {
    expect(names(conditional, { capabilities: ['CAP_SYSLOG', 'CAP_SYS_ADMIN'] })).toEqual(['chmod', 'syslog'])
  })

  test('all included capabilities are needed, any excluded one is enough', () => {
    const two = { caps: ['CAP_SYS_ADMIN', 'CAP_SYSLOG'] }
    const both = { syscalls: [rule('mount', { includes: two }), rule('bpf', { excludes: two })] }
    expect(names(both, { capabilities: ['CAP_SYSLOG'] })).toEqual([])
    expect(names(both, { capabilities: ['CAP_SYSLOG', 'CAP_SYS_ADMIN'] })).toEqual(['mount'])
    expect(names(both)).toEqual(['bpf'])
  })

  test('excludes are asked before includes', () => {
    const syscalls = [rule('mount', { includes: { caps: ['CAP_SYSLOG'] }, excludes: { arches: ['amd64'] } })]
    expect(names({ syscalls }, { capabilities: ['CAP_SYSLOG'] })).toEqual([])
    const [gated] = resolveProfile(parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }), on()).gated
    expect(gated!.reason).toBe('excluded on amd64')
  })

  test('architectures are named as Docker names them', () => {
    const syscalls = [
      rule('arch_prctl', { includes: { arches: ['amd64', 'x32'] } }),
      rule('swapcontext', { includes: { arches: ['ppc64le'] } }),
      rule('clone', { excludes: { arches: ['s390', 's390x'] } }),
    ]
    expect(names({ syscalls })).toEqual(['arch_prctl', 'clone'])
    expect(names({ syscalls }, { arch: 'ppc64le' })).toEqual(['swapcontext', 'clone'])
    expect(names({ syscalls }, { arch: 's390x' })).toEqual([])
  })

  test.each([
    ['4.18', 'before'],
    ['4.19', 'from'],
    ['4.19.221-generic', 'from'],
    ['4.8', 'before'],
    ['5.0', 'from'],
    ['3.19', 'before'],
  ])('kernel %s is %s minKernel 4.19 on', (kernel, side) => {
    const syscalls = [
      rule('ptrace', { includes: { minKernel: '4.19' } }),
      rule('mount', { excludes: { minKernel: '4.19' } }),
    ]
    expect(names({ syscalls }, { kernel })).toEqual(side === 'from' ? ['ptrace'] : ['mount'])
  })
})

describe('architectures', () => {
  const listed = (document: object, arch = 'x86_64'): string[] =>
    resolveProfile(
      parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', ...document }),
      on({ arch }),
    ).architectures.map(({ name }) => name)
  const archMap = [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
  ]

  test('come from the row of archMap for the native one', () => {
    expect(listed({ archMap })).toEqual(['x86_64', 'x86', 'x32'])
    expect(listed({ archMap }, 'aarch64')).toEqual(['aarch64', 'arm'])
  })

  test('are the native one alone where archMap has no row', () => {
    expect(listed({ archMap }, 'riscv64')).toEqual(['riscv64'])
    expect(listed({ archMap }, 'x86')).toEqual(['x86'])
  })

  test('always have the native one, first and once', () => {
    expect(listed({ architectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'] })).toEqual([
      'x86_64',
      'x86',
    ])
    expect(listed({ architectures: ['SCMP_ARCH_ARM'] }, 'aarch64')).toEqual(['aarch64', 'arm'])
  })

  test('of the other byte order are refused, by name', () => {
    expect(() => listed({ architectures: ['SCMP_ARCH_S390X'] })).toThrow(
      expect.objectContaining({
        code: 'ERR_MIXED_BYTE_ORDER',
        message: expect.stringContaining('SCMP_ARCH_S390X'),
      }),
    )
  })
})
