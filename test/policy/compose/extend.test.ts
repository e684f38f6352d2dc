import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Verdict, verdict } from '../../../lib/bpf/verdict.ts'
import { compilePolicy } from '../../../lib/filter/compile.ts'
import { prove } from '../../../lib/filter/prove/prove.ts'
import { type Allowed, type Denied, extend } from '../../../lib/policy/compose/extend.ts'
import { profileFor } from '../../../lib/policy/compose/native.ts'
import { composeWarnings } from '../../../lib/policy/compose/warnings.ts'
import { architectureOf, evaluate } from '../../../lib/policy/evaluate.ts'
import { formatVerdict } from '../../../lib/policy/format.ts'
import type { TargetOptions } from '../../../lib/policy/target.ts'
import { arg } from '../../../lib/profile/build.ts'
import { parseProfile } from '../../../lib/profile/parse.ts'
import { dockerDefault } from '../../../lib/profile/presets/docker-default.ts'
import type { Profile } from '../../../lib/profile/types.ts'
import { type ArchitectureName, architecture } from '../../../lib/syscalls/architectures.ts'
import { numberOf } from '../../../lib/syscalls/numbers.ts'
import { callsAt } from '../../arbitrary.ts'
import { condition, policyOf, targets, unlessRefused, usualProfiles } from './arbitrary.ts'

const machine = { arch: 'x86_64', kernel: '6.18', capabilities: 'none' } as const

/** What a call gets, in words. */
const ask = (
  profile: Profile,
  name: string,
  args: readonly number[] = [],
  arch: ArchitectureName = 'x86_64',
  target: TargetOptions = machine,
): string =>
  formatVerdict(
    evaluate(policyOf(profile, target), {
      arch: architecture(arch).audit,
      nr: numberOf(arch, name)!,
      instructionPointer: 0n,
      args: Array.from({ length: 6 }, (_, i) => BigInt(args[i] ?? 0)),
    }),
  )

const isProfile = (of: Profile, same: Profile, target: TargetOptions = machine): string =>
  prove(compilePolicy(policyOf(of, target, 'runc')).instructions, policyOf(same, target, 'runc')).result

const rule = (action: string, name: string, ...args: readonly object[]): object => ({
  names: [name],
  action: `SCMP_ACT_${action}`,
  args,
})
const denying = (...syscalls: readonly object[]): Profile =>
  parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', architectures: ['SCMP_ARCH_X86'], syscalls })
const allowing = (...syscalls: readonly object[]): Profile =>
  parseProfile({ defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86'], syscalls })

describe('deny', () => {
  test('removes what a deny-by-default profile allows, whatever the conditions and gates', () => {
    const base = denying(
      rule('ALLOW', 'ioctl', arg(0).eq(1)),
      rule('ALLOW', 'ioctl', arg(1).eq(1)),
      { ...rule('ALLOW', 'bpf'), includes: { caps: ['CAP_BPF'] } },
      rule('ALLOW', 'read'),
    )
    const extended = extend(base, { deny: ['ioctl', 'bpf'] })
    expect(ask(extended, 'ioctl', [1, 1])).toBe('ERRNO(EPERM)')
    const privileged = { ...machine, capabilities: 'all' } as const
    expect(ask(base, 'bpf', [], 'x86_64', privileged)).toBe('ALLOW')
    expect(ask(extended, 'bpf', [], 'x86_64', privileged)).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'read')).toBe('ALLOW')
  })

  test('adds a rule where calls are allowed by default', () => {
    const extended = extend(allowing(rule('LOG', 'ptrace', arg(0).eq(1))), { deny: ['ptrace', 'mount'] })
    expect(ask(extended, 'ptrace', [1])).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'ptrace', [2])).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'mount')).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'read')).toBe('ALLOW')
  })

  test('under conditions stops only the calls that match', () => {
    const extended = extend(denying(rule('ALLOW', 'ioctl')), {
      deny: [{ names: ['ioctl'], args: [arg(1).eq(0x5412)] }],
    })
    expect(ask(extended, 'ioctl', [0, 0x5412])).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'ioctl', [0, 0x5413])).toBe('ALLOW')
    expect(composeWarnings(extended)).toEqual([])
  })

  test('says its own errno or action, and never softens what the profile says', () => {
    const base = allowing(rule('KILL_PROCESS', 'ptrace'), { ...rule('ERRNO', 'clone3'), errnoRet: 38 })
    const extended = extend(base, {
      deny: [
        { names: ['ptrace', 'mount'], errnoRet: 13 },
        'clone3',
        { names: ['reboot'], action: 'SCMP_ACT_KILL_PROCESS' },
      ],
    })
    expect(ask(extended, 'ptrace')).toBe('KILL_PROCESS')
    expect(ask(extended, 'mount')).toBe('ERRNO(EACCES)')
    expect(ask(extended, 'clone3')).toBe('ERRNO(ENOSYS)')
    expect(ask(extended, 'reboot')).toBe('KILL_PROCESS')
    expect(ask(extend(base, { deny: [{ names: ['clone3'], errnoRet: 1 }] }), 'clone3')).toBe('ERRNO(EPERM)')
  })

  test('closes socketcall as another way to the call, and only for that call', () => {
    const base = denying(rule('ALLOW', 'socket'), rule('ALLOW', 'bind'), rule('ALLOW', 'socketcall'))
    const extended = extend(base, { deny: ['socket'] })
    expect(ask(base, 'socketcall', [1], 'x86')).toBe('ALLOW')
    expect(ask(extended, 'socketcall', [1], 'x86')).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'socketcall', [2], 'x86')).toBe('ALLOW')
    expect(ask(extended, 'socket', [], 'x86_64')).toBe('ERRNO(EPERM)')
    expect(composeWarnings(extended)).toEqual([])
  })

  test('under conditions closes socketcall altogether, which can’t be told the conditions, and says so', () => {
    const deny = [{ names: ['socket'], args: [arg(0).eq(16)] }]
    const extended = extend(dockerDefault, { deny })
    expect(ask(extended, 'socket', [16])).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'socket', [15])).toBe('ALLOW')
    expect(ask(extended, 'socket', [40])).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'bind', [], 'x86')).toBe('ALLOW')
    expect(ask(extended, 'socketcall', [2], 'x86')).toBe('ERRNO(ENOSYS)')
    expect(composeWarnings(extended)).toEqual([
      expect.objectContaining({ kind: 'multiplexed', syscall: 'socketcall' }),
    ])
    const native = extend(profileFor({ ...dockerDefault, archMap: [] }, machine), { deny })
    expect(ask(native, 'socket', [16])).toBe('ERRNO(EPERM)')
    expect(composeWarnings(native)).toEqual([])
  })

  test('of what is denied already changes nothing', () => {
    const extended = extend(dockerDefault, { deny: ['kexec_load', 'add_key'] })
    expect(isProfile(extended, dockerDefault)).toBe('proved')
  })

  test('keeps ENOSYS for calls newer than the profile, though the newest is denied now', () => {
    const base = denying(rule('ALLOW', 'read'), rule('ALLOW', 'openat2'))
    expect(
      isProfile(
        extend(base, { deny: ['openat2'] }),
        denying(rule('ALLOW', 'read'), rule('ERRNO', 'openat2')),
      ),
    ).toBe('proved')
  })
})

describe('allow', () => {
  test('opens a call whatever rules and gates it had', () => {
    const extended = extend(dockerDefault, { allow: ['bpf', 'personality', 'clone3'] })
    expect(ask(extended, 'bpf')).toBe('ALLOW')
    expect(ask(extended, 'personality', [1234])).toBe('ALLOW')
    expect(ask(extended, 'clone3')).toBe('ALLOW')
    expect(ask(extended, 'mount')).toBe('ERRNO(EPERM)')
  })

  test('under conditions opens only the calls that match, beside those that were open', () => {
    const extended = extend(dockerDefault, {
      allow: [{ names: ['personality'], args: [arg(0).eq(0x40000)] }],
    })
    expect(ask(extended, 'personality', [0x40000])).toBe('ALLOW')
    expect(ask(extended, 'personality', [8])).toBe('ALLOW')
    expect(ask(extended, 'personality', [0x40001])).toBe('ERRNO(EPERM)')
  })

  test('lifts a denial where calls are allowed by default', () => {
    const base = allowing(rule('ERRNO', 'ptrace'), rule('KILL_PROCESS', 'mount', arg(0).eq(1)))
    expect(isProfile(extend(base, { allow: ['ptrace', 'mount'] }), allowing())).toBe('proved')
  })

  test('leaves the part that deny takes', () => {
    const extended = extend(denying(), {
      allow: ['socket'],
      deny: [{ names: ['socket'], args: [arg(0).eq(40)] }],
    })
    expect(ask(extended, 'socket', [40])).toBe('ERRNO(EPERM)')
    expect(ask(extended, 'socket', [1])).toBe('ALLOW')
  })
})

test('rules of other names stay as they were, comments and gates included', () => {
  const extended = extend(dockerDefault, { deny: ['bpf'] })
  const others = dockerDefault.syscalls.filter(({ names }) => !names.includes('bpf'))
  expect(extended.syscalls).toEqual(
    expect.arrayContaining(others.map((each) => expect.objectContaining(each))),
  )
  expect(extended.archMap).toEqual(dockerDefault.archMap)
})

test('no changes, no change', () => {
  expect(isProfile(extend(dockerDefault, {}), dockerDefault)).toBe('proved')
})

describe('refused are', () => {
  const codeOf = (make: () => unknown): unknown => {
    try {
      return make()
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  test('names that no architecture has, with the one that was meant', () => {
    expect(() => extend(denying(), { allow: ['opneat'] })).toThrow(/did you mean "openat"\?/)
    expect(codeOf(() => extend(denying(), { deny: ['nosuchcall'] }))).toBe('ERR_UNKNOWN_NAME')
  })

  test('a call both allowed and denied', () => {
    expect(codeOf(() => extend(denying(), { allow: ['read'], deny: ['read'] }))).toBe('ERR_USAGE')
  })

  test('a denial that lets the call through', () => {
    expect(codeOf(() => extend(denying(), { deny: [{ names: ['read'], action: 'SCMP_ACT_LOG' }] }))).toBe(
      'ERR_USAGE',
    )
  })

  test('conditions that aren’t right, each with its place', () => {
    const args = [{ index: 7, op: 'SCMP_CMP_EQ', value: 1n, valueTwo: 0n }] as const
    expect(() => extend(denying(), { deny: ['mount', { names: ['read'], args }] })).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ pointer: '/syscalls/1/args/0/index' })] }),
    )
  })

  test('numbers that are different calls on different architectures', () => {
    const base = denying(rule('ALLOW', '#1'))
    expect(() => extend(base, { deny: ['write'] })).toThrow(/profileFor/)
  })
})

const EPERM = verdict('ERRNO', 1)
const isStop = (value: Verdict): boolean =>
  !['NOTIFY', 'TRACE', 'LOG', 'ALLOW'].includes(formatVerdict(value).replace(/\(.*/, ''))
const order = ['KILL_PROCESS', 'KILL_THREAD', 'TRAP', 'ERRNO', 'LOG', 'ALLOW']
const rank = (value: Verdict): number => order.indexOf(formatVerdict(value).replace(/\(.*/, ''))

const names = fc.uniqueArray(fc.constantFrom('read', 'ioctl', 'clone', 'socket', 'shmget', 'ipc', 'mseal'), {
  minLength: 1,
  maxLength: 2,
})
const someArgs = fc.uniqueArray(condition, { maxLength: 2, selector: ({ index }) => index })
const allowed: fc.Arbitrary<Allowed> = fc.record({ names, args: someArgs })
const denied: fc.Arbitrary<Denied> = fc.record(
  { names, args: someArgs, errnoRet: fc.constantFrom(1, 38) },
  { requiredKeys: ['names'] },
)

const argsOf = (change: Allowed | Denied): readonly object[] =>
  typeof change === 'string' ? [] : (change.args ?? [])

test('every call gets what the profile and the changes say of it, or something stricter with a warning', () => {
  let exact = 0
  fc.assert(
    fc.property(
      usualProfiles,
      fc.option(allowed),
      fc.option(denied),
      targets,
      fc.gen(),
      (base, allow, deny, target, gen) => {
        const policy = unlessRefused(() => policyOf(base, target))
        const changes = { allow: allow ? [allow] : [], deny: deny ? [deny] : [] }
        // Both outright is an error of its own.
        if (allow && deny && !argsOf(allow).length && !argsOf(deny).length) return
        const extended = unlessRefused(() => extend(base, changes))
        if (!policy || !extended) return
        /** What a change alone says, as a profile whose default nobody else uses. */
        const alone = (change: Allowed | Denied | null, action: object): Profile => ({
          ...base,
          defaultAction: 'SCMP_ACT_TRACE',
          defaultErrnoRet: 77,
          syscalls: change
            ? [{ args: [], ...(change as Exclude<Denied, string>), ...action } as Profile['syscalls'][0]]
            : [],
        })
        const errnoRet = (deny as { errnoRet?: number } | null)?.errnoRet
        const opened = policyOf(alone(allow, { action: 'SCMP_ACT_ALLOW' }), target)
        const closed = policyOf(alone(deny, { action: 'SCMP_ACT_ERRNO', errnoRet: 1 }), target)
        const result = policyOf(extended, target)
        const warned = composeWarnings(extended).length > 0
        if (!warned) exact++
        for (const each of [policy, opened, closed, result])
          for (const call of gen(fc.array, callsAt(each), { minLength: 10, maxLength: 20 })) {
            if (architectureOf(policy, call) === 'foreign') continue
            let wanted = evaluate(policy, call)
            if (evaluate(opened, call) !== opened.defaultVerdict) wanted = verdict('ALLOW')
            if (evaluate(closed, call) !== closed.defaultVerdict) {
              const stop = isStop(policy.defaultVerdict) ? policy.defaultVerdict : EPERM
              if (errnoRet !== undefined)
                wanted = rank(wanted) < rank(EPERM) ? wanted : verdict('ERRNO', errnoRet)
              else if (rank(wanted) > rank(stop)) wanted = stop
            }
            const found = evaluate(result, call)
            if (!warned) expect({ call, found }).toEqual({ call, found: wanted })
            else expect({ call, isAsStrict: rank(found) <= rank(wanted) }).toEqual({ call, isAsStrict: true })
          }
      },
    ),
    { numRuns: 200, endOnFailure: true },
  )
  expect(exact).toBeGreaterThan(75)
})
