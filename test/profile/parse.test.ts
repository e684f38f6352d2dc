import { describe, expect, it } from 'vitest'
import { ProfileError, SeccompError } from '../../lib/errors.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { positionOf } from '../../lib/profile/positions.ts'
import type { Profile } from '../../lib/profile/types.ts'

/** A profile with one rule, `extra` merged into it. */
const withRule = (extra: object): object => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [{ names: ['socket'], action: 'SCMP_ACT_ALLOW', ...extra }],
})
const ruleOf = (extra: object) => parseProfile(withRule(extra)).syscalls[0]
const condition = (extra: object): object => ({ args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ', ...extra }] })
const conditionOf = (extra: object) => ruleOf(condition(extra))?.args[0]
const messageOf = (input: unknown): string => {
  try {
    parseProfile(input)
  } catch (error) {
    if (error instanceof ProfileError)
      return error.issues.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n')
    throw error
  }
  return 'parsed without complaint'
}

describe('parseProfile', () => {
  it('reads every key of the format', () => {
    const gate = { caps: ['CAP_BPF'], arches: ['amd64', 'arm64'], minKernel: '4.8' }
    const document = {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      archMap: [
        { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
        { architecture: 'SCMP_ARCH_LOONGARCH64', subArchitectures: null },
        { architecture: 'SCMP_ARCH_SHEB' },
      ],
      flags: ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
      listenerPath: '/run/agent.sock',
      listenerMetadata: 'x',
      syscalls: [
        {
          names: ['bpf', 1000, '#0x3e9'],
          action: 'SCMP_ACT_TRACE',
          errnoRet: 65535,
          args: [{ index: 5, value: 1, valueTwo: 2, op: 'SCMP_CMP_MASKED_EQ' }],
          comment: 'why',
          includes: gate,
          excludes: gate,
        },
      ],
    }
    expect(parseProfile(document)).toEqual({
      ...document,
      archMap: [
        document.archMap[0],
        { architecture: 'SCMP_ARCH_LOONGARCH64', subArchitectures: [] },
        { architecture: 'SCMP_ARCH_SHEB', subArchitectures: [] },
      ],
      syscalls: [
        {
          ...document.syscalls[0],
          names: ['bpf', '#1000', '#1001'],
          args: [{ index: 5, value: 1n, valueTwo: 2n, op: 'SCMP_CMP_MASKED_EQ' }],
        },
      ],
    })
  })

  it('needs no more than a default action', () => {
    expect(parseProfile({ defaultAction: 'SCMP_ACT_LOG' })).toEqual({
      defaultAction: 'SCMP_ACT_LOG',
      syscalls: [],
    })
  })

  it('reads the form of 2016, one name a rule, and both forms in one file', () => {
    const rules = [
      { name: 'read', action: 'SCMP_ACT_ALLOW', args: null },
      { name: '', names: ['write'], action: 'SCMP_ACT_ALLOW', args: [] },
      { name: 'open', names: [], action: 'SCMP_ACT_ALLOW' },
      { name: 'close', names: null, action: 'SCMP_ACT_ALLOW' },
    ]
    const { syscalls } = parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: rules })
    expect(syscalls.map(({ names }) => names)).toEqual([['read'], ['write'], ['open'], ['close']])
    expect(syscalls.every(({ args }) => args.length === 0)).toBe(true)
  })

  it('takes null and undefined for a key left out, and empty gates, lists and texts for none', () => {
    expect(
      parseProfile({
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: null,
        defaultErrno: '',
        architectures: [],
        archMap: null,
        flags: null,
        listenerPath: '',
        listenerMetadata: '',
        syscalls: [
          {
            names: ['read'],
            action: 'SCMP_ACT_ALLOW',
            errno: '',
            errnoRet: undefined,
            comment: '',
            includes: null,
            excludes: { caps: [], arches: null },
          },
        ],
      }),
    ).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [] }],
    })
    // runc takes flags left out for SPEC_ALLOW and an empty list for none, so these two differ.
    expect(parseProfile({ defaultAction: 'SCMP_ACT_LOG', flags: [] }).flags).toEqual([])
  })

  it('keeps one of architectures and archMap when the other is empty, as moby does', () => {
    const archMap = [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] }]
    const base = { defaultAction: 'SCMP_ACT_LOG' }
    expect(parseProfile({ ...base, architectures: [], archMap })).toEqual({ ...base, archMap, syscalls: [] })
    const architectures = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86_64']
    expect(parseProfile({ ...base, architectures, archMap: [] })).toEqual({
      ...base,
      architectures,
      syscalls: [],
    })
  })

  it("takes Podman's errno by name, alone or with the same number beside it", () => {
    const podman = { defaultAction: 'SCMP_ACT_ERRNO', defaultErrno: 'ENOSYS', defaultErrnoRet: 38 }
    expect(parseProfile(podman)).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      syscalls: [],
    })
    expect(ruleOf({ action: 'SCMP_ACT_ERRNO', errno: 'EINVAL' })?.errnoRet).toBe(22)
    expect(ruleOf({ action: 'SCMP_ACT_ERRNO', errno: '22', errnoRet: 22 })?.errnoRet).toBe(22)
    expect(messageOf(withRule({ action: 'SCMP_ACT_ERRNO', errno: 'EPERM', errnoRet: 22 }))).toBe(
      '/syscalls/0/errno: "EPERM" is 1, but the number given beside it is 22; keep one of them',
    )
  })

  it('keeps an errnoRet that its action has no use for, which older files carry', () => {
    expect(ruleOf({ errnoRet: 1 })).toMatchObject({ action: 'SCMP_ACT_ALLOW', errnoRet: 1 })
  })

  it.each([
    [1, 1n],
    [2 ** 53 - 1, 2n ** 53n - 1n],
    [2n ** 64n - 1n, 2n ** 64n - 1n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['0xffffffffffffffff', 2n ** 64n - 1n],
    ['0XfF', 255n],
    [0, 0n],
    [-0, 0n],
  ])('reads the operand %s exactly', (given, value) => {
    expect(conditionOf({ value: given })).toEqual({ index: 0, op: 'SCMP_CMP_EQ', value, valueTwo: 0n })
  })

  it.each([
    [2 ** 53, 'was rounded'],
    [1e300, 'was rounded'],
    [1.5, 'must be a whole number, found 1.5'],
    [Number.NaN, 'must be a whole number, found NaN'],
    [Number.POSITIVE_INFINITY, 'must be a whole number, found Infinity'],
    [-1, 'as 64 bits it is 18446744073709551615'],
    [-100n, 'as 64 bits it is 18446744073709551516'],
    ['-0x1', "can't be negative"],
    [2n ** 64n, 'at most 18446744073709551615'],
    ['0x10000000000000000', 'at most 18446744073709551615'],
    ['1_000', 'text may be like'],
    ['', 'text may be like'],
    [' 1', 'text may be like'],
    ['9'.repeat(81), 'text may be like'],
    [true, 'must be a whole number, found true'],
    [[], 'must be a whole number, found an array'],
    [{}, 'must be a whole number, found an object'],
    [() => 1, 'must be a whole number, found a function'],
  ])('refuses the operand %s', (value, message) => {
    expect(messageOf(withRule(condition({ value })))).toContain(`/syscalls/0/args/0/value: `)
    expect(messageOf(withRule(condition({ value })))).toContain(message)
  })

  it.each([
    ['SCMP_ACT_ERRNO', 4095, true],
    ['SCMP_ACT_ERRNO', 4096, false],
    ['SCMP_ACT_ALLOW', 4096, false],
    ['SCMP_ACT_TRACE', 65535, true],
    ['SCMP_ACT_TRACE', 65536, false],
    ['SCMP_ACT_ERRNO', -1, false],
    ['SCMP_ACT_ERRNO', 0.5, false],
    ['SCMP_ACT_ERRNO', 0, true],
  ])('%s may return %s: %s', (action, errnoRet, right) => {
    const outcome = messageOf(withRule({ action, errnoRet }))
    if (right) expect(outcome).toBe('parsed without complaint')
    else expect(outcome).toMatch(/^\/syscalls\/0\/errnoRet: [^\n]*$/)
  })

  it.each([
    ['4.8', true],
    ['0.1', true],
    ['255.255', true],
    ['0.0', false],
    ['4.8.1', false],
    ['256.1', false],
    ['4.256', false],
    ['x', false],
    ['', false],
    ['4', false],
    ['4.', false],
    ['-4.8', false],
    [' 4.8', false],
    ['4.8\n', false],
    [4.8, false],
  ])('minKernel %j is right: %s', (minKernel, right) => {
    const outcome = messageOf(withRule({ includes: { minKernel } }))
    if (right) expect(outcome).toBe('parsed without complaint')
    else
      expect(outcome).toMatch(/^\/syscalls\/0\/includes\/minKernel: must be a kernel version of two numbers/)
  })

  it('lists every issue at once, in document order, also those that concern several keys', () => {
    expect(
      messageOf({
        listenerMetadata: 'x',
        syscalls: [
          { action: 'SCMP_ACT_ALOW', names: ['read', '', 7.5], args: [{ op: 'SCMP_CMP_EQ', index: 6 }] },
          { names: ['read'], name: 'write', comment: 3 },
          'read',
        ],
        architectures: ['SCMP_ARCH_X86'],
        archMap: [{ architecture: 'SCMP_ARCH_ARM' }],
        flags: 'LOG',
      })
        .split('\n')
        .map((line) => line.slice(0, line.indexOf(': '))),
    ).toEqual([
      '',
      '/listenerMetadata',
      '/syscalls/0/action',
      '/syscalls/0/names/1',
      '/syscalls/0/names/2',
      '/syscalls/0/args/0',
      '/syscalls/0/args/0/index',
      '/syscalls/1',
      '/syscalls/1/name',
      '/syscalls/1/comment',
      '/syscalls/2',
      '/architectures',
      '/flags',
    ])
  })

  it('reports a misspelt key once, not also as the missing one', () => {
    expect(messageOf({ defaultAcion: 'SCMP_ACT_ALLOW' })).toBe(
      ': a profile has no key "defaultAcion"; did you mean "defaultAction"?'.replace(':', '/defaultAcion:'),
    )
  })

  it('reads own keys only: a prototype can neither add nor answer for one', () => {
    expect(messageOf(Object.create({ defaultAction: 'SCMP_ACT_ALLOW' }))).toContain(
      '"defaultAction" is missing',
    )
    expect(messageOf({ ...withRule({}), ['__proto__']: 1, constructor: 1 })).toBe(
      '/__proto__: a profile has no key "__proto__"\n/constructor: a profile has no key "constructor"',
    )
  })

  it('counts the issues beyond a thousand instead of listing them', () => {
    const error = caught(() =>
      parseProfile({ defaultAction: 'SCMP_ACT_LOG', syscalls: Array.from({ length: 50_000 }, () => 0) }),
    )
    expect(error.issues).toHaveLength(1001)
    expect(error.issues.at(-1)?.message).toBe('and 49000 more issues')
  })

  it('survives holes, cycles and foreign objects', () => {
    const cyclic: Record<string, unknown> = { defaultAction: 'SCMP_ACT_LOG' }
    cyclic['syscalls'] = cyclic['spec'] = cyclic
    for (const input of [
      cyclic,
      { syscalls: new Array(2) },
      new Map(),
      new Date(),
      [],
      'x',
      null,
      undefined,
      1n,
      Symbol('s'),
    ])
      expect(() => parseProfile(input)).toThrow(ProfileError)
  })

  it('says what to pass when it is handed a whole OCI config.json or a Kubernetes resource', () => {
    const profile = { defaultAction: 'SCMP_ACT_ALLOW' }
    expect(
      messageOf({ ociVersion: '1.2.0', process: {}, linux: { namespaces: [], seccomp: profile } }),
    ).toMatch(/^\/linux\/seccomp: .*pass that alone$/)
    expect(messageOf({ ociVersion: '1.2.0', linux: {} })).toMatch(/^: .*there is no linux.seccomp in it$/)
    expect(messageOf({ kind: 'SeccompProfile', spec: profile })).toMatch(/^\/spec: .*pass that alone$/)
  })

  it('returns a profile of its own as it is, frozen so that it stays checked', () => {
    const profile = parseProfile(withRule({ ...condition({}), includes: { caps: ['CAP_BPF'] } }))
    expect(parseProfile(profile)).toBe(profile)
    const parts: unknown[] = [profile]
    for (const part of parts) {
      if (typeof part !== 'object' || part === null) continue
      expect(Object.isFrozen(part)).toBe(true)
      parts.push(...Object.values(part))
    }
    expect(parts.length).toBeGreaterThan(12)
    const changed = { ...profile, defaultAction: 'nothing' } as unknown as Profile
    expect(() => parseProfile(changed)).toThrow(ProfileError)
    // A rule has a place too, and still is no profile.
    expect(messageOf(profile.syscalls[0])).toContain('"defaultAction" is missing')
  })
})

describe('parseProfileText', () => {
  const text =
    '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "syscalls": [\n    {"names": ["socket"], "action": "SCMP_ACT_ALLOW",\n     "args": [{"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_NE"}]}\n  ]\n}'

  it('keeps the 64-bit operands that JSON.parse would round', () => {
    expect(parseProfileText(text).syscalls[0]?.args[0]?.value).toBe(18446744073709551615n)
  })

  it('remembers where the profile, its rules and its conditions stand', () => {
    const profile = parseProfileText(text, { source: 'p.json' })
    const [rule] = profile.syscalls
    expect(positionOf(profile)).toEqual({ pointer: '', source: 'p.json', line: 1, column: 1 })
    expect(positionOf(rule!)).toEqual({ pointer: '/syscalls/0', source: 'p.json', line: 4, column: 5 })
    expect(positionOf(rule!.args[0]!)).toEqual({
      pointer: '/syscalls/0/args/0',
      source: 'p.json',
      line: 5,
      column: 15,
    })
    expect(positionOf(parseProfile(withRule({})).syscalls[0]!)).toEqual({ pointer: '/syscalls/0' })
  })

  it('names the source in every line of the message', () => {
    const error = caught(() => parseProfileText('{"x": 1, "y": 2}', { source: 'p.json' }))
    expect(error).toMatchObject({ name: 'ProfileError', code: 'ERR_PROFILE_INVALID', source: 'p.json' })
    expect(error.message.split('\n')).toEqual([
      expect.stringMatching(/^p\.json:1:1: \(document\): "defaultAction" is missing/),
      'p.json:1:2: /x: a profile has no key "x"',
      'p.json:1:10: /y: a profile has no key "y"',
    ])
  })

  it('takes text alone', () => {
    expect(() => parseProfileText(Buffer.from('{}') as unknown as string)).toThrow(SeccompError)
  })
})

const caught = (run: () => unknown): ProfileError => {
  try {
    run()
  } catch (error) {
    if (error instanceof ProfileError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
