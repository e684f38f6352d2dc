import { describe, expect, test } from 'vitest'
import type { Call } from '../../lib/bpf/data.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { formatVerdict } from '../../lib/policy/format.ts'
import type { Faithfulness, Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { type ArchitectureName, architecture } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'

const policy = (document: object, as: Faithfulness = 'runc', arch = 'x86_64'): Policy =>
  resolvePolicy(
    parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', ...document }),
    makeTarget({ arch, kernel: '6.18', capabilities: 'none' }),
    as,
  )

/** What a call gets, in words. */
const ask = (
  of: Policy,
  name: string | number,
  args: (bigint | number)[] = [],
  arch: ArchitectureName = of.target.arch,
): string => {
  const call: Call = {
    arch: architecture(arch).audit,
    nr: typeof name === 'number' ? name >>> 0 : numberOf(arch, name)!,
    instructionPointer: 0n,
    args: Array.from({ length: 6 }, (_, i) => BigInt(args[i] ?? 0)),
  }
  return formatVerdict(evaluate(of, call), arch)
}

const allow = (names: string | string[], ...args: object[]): object => ({
  names: [names].flat(),
  action: 'SCMP_ACT_ALLOW',
  args,
})
const errno = (name: string, errnoRet: number, ...args: object[]): object => ({
  names: [name],
  action: 'SCMP_ACT_ERRNO',
  errnoRet,
  args,
})
const eq = (index: number, value: bigint | number): object => ({ index, op: 'SCMP_CMP_EQ', value })
const is = (index: number, op: string, value: bigint | number): object => ({
  index,
  op: `SCMP_CMP_${op}`,
  value,
})

describe('rules of one call', () => {
  test('conditions of a rule are ANDed, rules are ORed', () => {
    const of = policy({ syscalls: [allow('ioctl', eq(0, 1), eq(1, 2)), allow('ioctl', eq(2, 9))] })
    expect(ask(of, 'ioctl', [1, 2])).toBe('ALLOW')
    expect(ask(of, 'ioctl', [1, 3])).toBe('ERRNO(EPERM)')
    expect(ask(of, 'ioctl', [1, 3, 9])).toBe('ALLOW')
  })

  test('the first unconditional rule replaces conditional ones, wherever they stand', () => {
    const of = policy({
      syscalls: [errno('read', 9, eq(0, 1)), allow('read'), errno('read', 5), errno('read', 7, eq(0, 2))],
    })
    expect([0, 1, 2].map((fd) => ask(of, 'read', [fd]))).toEqual(['ALLOW', 'ALLOW', 'ALLOW'])
    expect(of.warnings.filter(({ kind }) => kind === 'shadowed')).toHaveLength(3)
  })

  test('conditional rules are tried in canonical order, whatever order the profile has', () => {
    const rules = [
      errno('read', 5, is(2, 'GT', 128)),
      errno('read', 6, is(2, 'GT', 256)),
      allow('read', is(2, 'LE', 64)),
      errno('read', 8, is(2, 'LE', 32)),
    ]
    for (const syscalls of [rules, rules.toReversed()]) {
      const of = policy({ syscalls })
      expect([1, 50, 100, 200, 300].map((n) => ask(of, 'read', [0, 0, n]))).toEqual([
        'ERRNO(ENOEXEC)',
        'ALLOW',
        'ERRNO(EPERM)',
        'ERRNO(EIO)',
        'ERRNO(ENXIO)',
      ])
    }
  })

  test('a rule that says what the default says is dropped, and hides nothing', () => {
    const of = policy({ syscalls: [errno('read', 1), allow('read')] })
    expect(ask(of, 'read')).toBe('ALLOW')
  })

  test('the same condition with another action is an error that names both places', () => {
    const text =
      '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[\n{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1}]},\n{"names":["read"],"action":"SCMP_ACT_TRAP","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1}]}]}'
    const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'none' })
    expect(() => resolvePolicy(parseProfileText(text, { source: 'web.json' }), target)).toThrow(
      expect.objectContaining({
        code: 'ERR_POLICY_CONFLICT',
        message: expect.stringMatching(/web\.json:2:1 .*web\.json:3:1 /),
      }),
    )
  })

  test('MASKED_EQ compares what the mask leaves, and an empty mask is no condition', () => {
    const masked = (value: number, valueTwo: number): object => ({
      index: 0,
      op: 'SCMP_CMP_MASKED_EQ',
      value,
      valueTwo,
    })
    const of = policy({ syscalls: [allow('read', masked(0x0f, 0xff)), allow('write', masked(0, 7))] })
    expect(ask(of, 'read', [0x2f])).toBe('ALLOW')
    expect(ask(of, 'read', [0x2e])).toBe('ERRNO(EPERM)')
    expect(ask(of, 'write', [5])).toBe('ALLOW')
  })

  test('an argument compared twice in one rule is an OR, as in runc, and a warning says so', () => {
    const of = policy({ syscalls: [allow('read', is(2, 'GE', 5), is(2, 'LE', 9), eq(0, 3))] })
    expect([ask(of, 'read', [0, 0, 100]), ask(of, 'read', [0, 0, 1]), ask(of, 'read', [3])]).toEqual([
      'ALLOW',
      'ALLOW',
      'ALLOW',
    ])
    expect(of.warnings.map(({ kind }) => kind)).toContain('repeated-argument')
  })

  test('ERRNO and TRACE without data mean EPERM; other actions carry none', () => {
    const of = policy({
      defaultAction: 'SCMP_ACT_TRAP',
      defaultErrnoRet: 9,
      syscalls: [
        { names: ['read'], action: 'SCMP_ACT_TRACE' },
        { names: ['futex'], action: 'SCMP_ACT_LOG', errnoRet: 3 },
      ],
    })
    expect([ask(of, 'read'), ask(of, 'futex'), ask(of, 'close')]).toEqual(['TRACE(1)', 'LOG', 'TRAP'])
  })
})

describe('numbers', () => {
  test('above the newest call the profile names get ENOSYS, unless the default lets them through', () => {
    const names = ['read', 'openat2']
    const next = numberOf('x86_64', 'openat2')! + 1
    expect(ask(policy({ syscalls: [allow(names)] }), next)).toBe('ERRNO(ENOSYS)')
    expect(ask(policy({ syscalls: [allow(names)] }), next - 2)).toBe('ERRNO(EPERM)')
    expect(ask(policy({ syscalls: [allow(names)] }, 'crun'), next)).toBe('ERRNO(EPERM)')
    for (const action of ['ALLOW', 'LOG', 'TRACE'])
      expect(
        ask(policy({ defaultAction: `SCMP_ACT_${action}`, syscalls: [errno('openat2', 5)] }), next),
      ).toMatch(action)
  })

  test('of a rule that says what the default says count as named', () => {
    expect(
      ask(policy({ syscalls: [allow('read'), errno('openat2', 1)] }), numberOf('x86_64', 'openat2')! - 1),
    ).toBe('ERRNO(EPERM)')
  })

  test('of mips mean mips’ own ENOSYS', () => {
    expect(ask(policy({ syscalls: [allow('read')] }, 'runc', 'mips64'), 5900)).toBe('ERRNO(ENOSYS)')
    const both = { architectures: ['SCMP_ARCH_RISCV64'], syscalls: [allow('read')] }
    expect(ask(policy(both, 'safe', 'mipsel64'), 900, [], 'riscv64')).toBe('ERRNO(ENOSYS)')
    // One runc, one number: its own machine's.
    expect(ask(policy(both, 'runc', 'mipsel64'), 900, [], 'riscv64')).toBe('ERRNO(EDESTADDRREQ)')
  })

  test('that runc’s stub takes are still refused when their rules conflict', () => {
    // ipc is 117; what is named behind it doesn't count, so the newest is read, 3.
    const clash = { syscalls: [allow('read'), allow('shmctl', eq(0, 5)), errno('shmctl', 9, eq(0, 6))] }
    for (const as of ['runc', 'crun', 'safe'] as const)
      expect(() => policy(clash, as, 's390x')).toThrow(
        expect.objectContaining({ code: 'ERR_POLICY_CONFLICT', message: expect.stringContaining('ipc') }),
      )
  })

  test('of x32 kill where x32 isn’t listed, and -1 gets the default', () => {
    const of = policy({ syscalls: [allow('write')] }, 'safe')
    expect(ask(of, 0x40000000)).toBe('KILL_PROCESS')
    expect(ask(of, 0xc0000000)).toBe('KILL_PROCESS')
    expect(ask(of, -1)).toBe('ERRNO(EPERM)')
    expect(ask(of, 0x80000000)).toBe('ERRNO(ENOSYS)')
  })

  test('on a foreign architecture kill the process; runc’s kill is the thread’s', () => {
    const call = { arch: 0x40000028, nr: 0, instructionPointer: 0n, args: [0n, 0n, 0n, 0n, 0n, 0n] }
    expect(formatVerdict(evaluate(policy({ syscalls: [allow('read')] }, 'safe'), call))).toBe('KILL_PROCESS')
    expect(formatVerdict(evaluate(policy({ syscalls: [allow('read')] }, 'runc'), call))).toBe('KILL_THREAD')
  })

  test('can be written as numbers, the native architecture’s', () => {
    const of = policy({ architectures: ['SCMP_ARCH_X86'], syscalls: [allow(['#0', '#1000'])] })
    expect([ask(of, 'read'), ask(of, 1000), ask(of, 'read', [], 'x86'), ask(of, 1000, [], 'x86')]).toEqual([
      'ALLOW',
      'ALLOW',
      'ALLOW',
      'ERRNO(ENOSYS)',
    ])
  })
})

describe('safe mode', () => {
  const vsock = { syscalls: [allow('socket', is(0, 'LT', 40)), allow('socket', is(0, 'GT', 40))] }

  test('compares int arguments on the 32 bits the kernel reads, with a warning; runc compares 64', () => {
    expect(ask(policy(vsock, 'safe'), 'socket', [0x100000028n])).toBe('ERRNO(EPERM)')
    expect(ask(policy(vsock, 'runc'), 'socket', [0x100000028n])).toBe('ALLOW')
    expect(policy(vsock, 'safe').warnings.map(({ kind, syscall }) => [kind, syscall])).toContainEqual([
      'argument-width',
      'socket',
    ])
    expect(policy(vsock, 'runc').warnings).toEqual([])
  })

  test('compares long arguments on 64 bits', () => {
    const of = policy({ syscalls: [allow('mmap', eq(1, 0x100000000n))] }, 'safe')
    expect([ask(of, 'mmap', [0, 0x100000000n]), ask(of, 'mmap', [0, 0])]).toEqual(['ALLOW', 'ERRNO(EPERM)'])
  })

  test('kills the process where the profile says thread, with a warning', () => {
    const document = {
      syscalls: [
        { names: ['read'], action: 'SCMP_ACT_KILL' },
        { names: ['write'], action: 'SCMP_ACT_KILL_THREAD' },
      ],
    }
    const of = policy(document, 'safe')
    expect([ask(of, 'read'), ask(of, 'write')]).toEqual(['KILL_PROCESS', 'KILL_PROCESS'])
    expect(of.warnings.map(({ kind }) => kind)).toEqual(['kill-thread', 'kill-thread'])
    expect(ask(policy(document, 'runc'), 'read')).toBe('KILL_THREAD')
  })

  test('does not let a translated rule vanish into the default and open what it hid', () => {
    const document = {
      defaultAction: 'SCMP_ACT_KILL_PROCESS',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_KILL' }, allow('read')],
    }
    expect(ask(policy(document, 'safe'), 'read')).toBe('KILL_PROCESS')
    expect(ask(policy(document, 'runc'), 'read')).toBe('KILL_THREAD')
  })

  test('refuses an unknown name in a rule that blocks, warns of one in a rule that allows', () => {
    const blocks = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['ptraec'], action: 'SCMP_ACT_ERRNO' }],
    }
    expect(() => policy(blocks, 'safe')).toThrow(
      expect.objectContaining({ code: 'ERR_UNKNOWN_SYSCALL', message: expect.stringContaining('ptraec') }),
    )
    expect(policy(blocks, 'runc').warnings.map(({ kind }) => kind)).toEqual(['unknown-syscall'])
    expect(policy({ syscalls: [allow(['read', 'futrex'])] }, 'safe').warnings).toEqual([
      expect.objectContaining({
        kind: 'unknown-syscall',
        syscall: 'futrex',
        message: expect.stringContaining('did you mean "futex"?'),
      }),
    ])
  })

  test('says what was meant by an unknown name, at its place, and not a thousand times', () => {
    const blocks = (names: string[]): object => ({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names, action: 'SCMP_ACT_ERRNO' }],
    })
    expect(() => policy(blocks(['ptraec', '1000']), 'safe')).toThrow(
      'ptraec (/syscalls/0; did you mean "ptrace"), 1000 (/syscalls/0; by its number a call is "#1000"), and the',
    )
    const many = Array.from({ length: 1000 }, (_, i) => `no_such_call_${i}`)
    expect(() => policy(blocks(many), 'safe')).toThrow(/ and 980 more, and the rule would block it\. Correct/)
  })
})

describe('32-bit architectures', () => {
  test('compare the low half, and truncate operands with a warning', () => {
    const of = policy({ architectures: ['SCMP_ARCH_X86'], syscalls: [allow('ioctl', eq(1, 0x100000005n))] })
    expect(ask(of, 'ioctl', [0, 5], 'x86')).toBe('ALLOW')
    expect(ask(of, 'ioctl', [0, 5])).toBe('ERRNO(EPERM)')
    expect(of.warnings).toEqual([expect.objectContaining({ kind: 'operand-truncated', arch: 'x86' })])
  })

  test('guard the door as well as the call: socketcall and ipc', () => {
    const of = policy({ architectures: ['SCMP_ARCH_X86'], syscalls: [allow(['listen', 'shmget'])] })
    expect(ask(of, 'socketcall', [4], 'x86')).toBe('ALLOW')
    expect(ask(of, 'socketcall', [1], 'x86')).toBe('ERRNO(EPERM)')
    expect(ask(of, 'ipc', [23], 'x86')).toBe('ALLOW')
    expect(ask(of, 'listen', [], 'x86')).toBe('ALLOW')
  })

  test('lose conditions behind the door, with a warning', () => {
    const of = policy({ architectures: ['SCMP_ARCH_X86'], syscalls: [allow('socket', eq(0, 2))] })
    expect(ask(of, 'socketcall', [1, 7], 'x86')).toBe('ALLOW')
    expect(of.warnings.map(({ kind, arch }) => [kind, arch])).toContainEqual(['multiplexed', 'x86'])
  })
})

test('another way to read a profile than the three is refused, and never taken for an exact one', () => {
  expect(() => policy({}, 'strict' as Faithfulness)).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE', message: 'as is safe, runc, crun; not "strict"' }),
  )
})
