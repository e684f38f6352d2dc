import { describe, expect, test } from 'vitest'
import { profileFor } from '../../../lib/policy/compose/native.ts'
import { intersect, union } from '../../../lib/policy/compose/union-intersect.ts'
import { composeWarnings } from '../../../lib/policy/compose/warnings.ts'
import { evaluate } from '../../../lib/policy/evaluate.ts'
import { formatVerdict } from '../../../lib/policy/format.ts'
import { arg, errno, profile } from '../../../lib/profile/build.ts'
import { formatProfile } from '../../../lib/profile/format.ts'
import { parseProfile, parseProfileText } from '../../../lib/profile/parse.ts'
import { dockerDefault } from '../../../lib/profile/presets/docker-default.ts'
import type { Profile, Rule } from '../../../lib/profile/types.ts'
import { type ArchitectureName, architecture } from '../../../lib/syscalls/architectures.ts'
import { numberOf } from '../../../lib/syscalls/numbers.ts'
import { policyOf } from './arbitrary.ts'

const start = profile({ default: errno('EPERM') })
const open = profile({ default: 'SCMP_ACT_ALLOW' })

/** The rules of one name, as short as can be. */
const about = (of: Profile, name: string): unknown[] =>
  of.syscalls
    .filter(({ names }) => names.includes(name))
    .map(({ action, errnoRet, args, includes, excludes }) => [
      `${action.slice('SCMP_ACT_'.length)}${errnoRet === undefined ? '' : ` ${errnoRet}`}`,
      ...args.map(
        ({ index, op, value, valueTwo }) => `${index} ${op.slice('SCMP_CMP_'.length)} ${value} ${valueTwo}`,
      ),
      ...[{ includes }, { excludes }].filter((gate) =>
        Object.values(gate).some((each) => each !== undefined),
      ),
    ])

describe('the document', () => {
  test('is a profile like any other: parsed, frozen, printable', () => {
    const both = intersect(dockerDefault, open.deny('ptrace').build())
    expect(parseProfile(both)).toBe(both)
    expect(parseProfileText(formatProfile(both))).toEqual(both)
  })

  test('keeps names together, and comments with the rules that stay', () => {
    const both = intersect(dockerDefault, open.build())
    expect(both.syscalls.length).toBeLessThan(dockerDefault.syscalls.length + 3)
    const comments = (of: Profile): Set<string | undefined> =>
      new Set(of.syscalls.map(({ comment }) => comment))
    expect(comments(both)).toEqual(comments(dockerDefault))
  })

  test('keeps gates, and writes them no longer than they were', () => {
    const both = intersect(dockerDefault, open.build())
    for (const name of ['bpf', 'clone', 'clone3', 'ptrace', 'arch_prctl', 'open_by_handle_at'])
      expect([name, new Set(about(both, name).map((each) => JSON.stringify(each)))]).toEqual([
        name,
        new Set(about(dockerDefault, name).map((each) => JSON.stringify(each))),
      ])
  })

  test('has the stricter default in an intersection, the looser in a union', () => {
    const kill = profile({ default: 'SCMP_ACT_KILL_PROCESS' }).build()
    expect(intersect(start.build(), kill).defaultAction).toBe('SCMP_ACT_KILL_PROCESS')
    expect(union(start.build(), kill)).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 })
  })
})

describe('conditions', () => {
  const below = start.allow('ioctl', arg(0).le(9)).build()
  const above = start.allow('ioctl', arg(0).ge(5)).build()

  test('that one rule can’t hold become several: a range number by number, or as blocks', () => {
    const both = intersect(below, above)
    expect(about(both, 'ioctl')).toEqual([5, 6, 7, 8, 9].map((value) => ['ALLOW', `0 EQ ${value} 0`]))
    expect(composeWarnings(both)).toEqual([])
    expect(about(union(below, above), 'ioctl')).toEqual([['ALLOW']])
  })

  test('of different arguments stand in one rule', () => {
    const both = intersect(
      start.allow('ioctl', arg(0).ne(3)).build(),
      start.allow('ioctl', arg(1).masked(0xf0, 0)).build(),
    )
    expect(about(both, 'ioctl')).toEqual([['ALLOW', '0 NE 3 0', '1 MASKED_EQ 240 0']])
  })

  test('that exclude each other leave nothing', () => {
    const both = intersect(
      start.allow('ioctl', arg(0).eq(1)).allow('read').build(),
      start.allow('ioctl', arg(0).eq(2)).build(),
    )
    expect(about(both, 'ioctl').filter((each) => `${each}`.includes('ALLOW'))).toEqual([])
  })

  test('of a denial take their part from an allowance', () => {
    const both = intersect(
      start.allow('ioctl', arg(0).le(9)).build(),
      open.deny('ioctl', arg(0).eq(7), { errno: 'EACCES' }).build(),
    )
    expect(about(both, 'ioctl')).toEqual([
      ['ERRNO 13', '0 EQ 7 0'],
      ['ALLOW', '0 LE 6 0'],
      ['ALLOW', '0 EQ 8 0'],
      ['ALLOW', '0 EQ 9 0'],
    ])
  })

  test('with operands of more than 32 bits stay where they can, else the stricter side is taken, with a warning', () => {
    const high = start.allow('mmap', arg(1).le(2n ** 40n)).build()
    expect(about(intersect(high, open.build()), 'mmap')).toEqual([['ALLOW', `1 LE ${2n ** 40n} 0`]])
    const both = intersect(high, start.allow('mmap', arg(1).ge(1)).build())
    expect(about(both, 'mmap')).toEqual([['ERRNO 1']])
    expect(composeWarnings(both)).toEqual([
      {
        kind: 'arguments',
        syscall: 'mmap',
        message: expect.stringMatching(/mmap .* gets ERRNO\(EPERM\).*2\^32/),
      },
    ])
  })
})

describe('never looser:', () => {
  const kill = { action: 'SCMP_ACT_KILL_PROCESS' } as const
  const ask = (
    of: Profile,
    args: readonly number[],
    call = 'ioctl',
    arch: ArchitectureName = 'x86_64',
  ): string =>
    formatVerdict(
      evaluate(policyOf(of, { arch, kernel: '6.18', capabilities: 'none' }), {
        arch: architecture(arch).audit,
        nr: numberOf(arch, call)!,
        instructionPointer: 0n,
        args: Array.from({ length: 6 }, (_, i) => BigInt(args[i] ?? 0)),
      }),
    )

  test('where a denial can’t be written and the default allows, the whole call is denied', () => {
    const both = intersect(
      open.deny('ioctl', arg(0).eq(5), kill).build(),
      open.deny('ioctl', arg(0).masked(3, 1)).build(),
    )
    expect([ask(both, [5]), ask(both, [9]), ask(both, [2])]).toEqual([
      'KILL_PROCESS',
      'KILL_PROCESS',
      'KILL_PROCESS',
    ])
    expect(composeWarnings(both)).toEqual([expect.objectContaining({ kind: 'arguments', syscall: 'ioctl' })])
  })

  test('a rule that comes to the default doesn’t leave its calls to the next one', () => {
    const a = start.deny('ioctl', arg(1).eq(1), kill).allow('ioctl', arg(0).eq(1)).build()
    expect(ask(a, [1, 1])).toBe('KILL_PROCESS')
    const either = union(a, start.allow('read').build())
    expect([ask(either, [1, 1]), ask(either, [1, 2]), ask(either, [2, 1])]).toEqual([
      'ERRNO(EPERM)',
      'ALLOW',
      'ERRNO(EPERM)',
    ])
  })

  test('where 32 bits try rules in another order than 64, or drop a condition, no order is taken for granted', () => {
    const b = start.allow('ioctl', arg(1).eq(1)).build()
    const tie = start.allow('ioctl', arg(0).masked(1, 1)).deny('ioctl', arg(0).eq(5), { errno: 13 }).build()
    expect([ask(tie, [5]), ask(tie, [5], 'ioctl', 'x86')]).toEqual(['ALLOW', 'ERRNO(EACCES)'])
    const high = start
      .allow('ioctl', arg(0).eq(5))
      .deny('ioctl', arg(0).masked(0xffffffff00000000n, 0), { errno: 13 })
      .build()
    expect([ask(high, [5]), ask(high, [5], 'ioctl', 'x86')]).toEqual(['ALLOW', 'ERRNO(EACCES)'])
    for (const a of [tie, high]) {
      expect(ask(intersect(a, b), [5, 1], 'ioctl', 'x86')).toMatch(/^ERRNO/)
      expect(composeWarnings(intersect(a, b))).toEqual([
        expect.objectContaining({ kind: 'arguments', syscall: 'ioctl' }),
      ])
    }
  })

  test('of rules without conditions the first one of a call stays the first', () => {
    const log = { action: 'SCMP_ACT_LOG', args: [] } as const
    const a = parseProfile({
      ...start.build(),
      syscalls: [
        { names: ['read'], ...log },
        { names: ['clone'], ...log, action: 'SCMP_ACT_TRAP' },
        { names: ['clone'], ...log },
      ],
    })
    expect(ask(intersect(a, a), [], 'clone')).toBe('TRAP')
  })

  test('rules that differ in what socketcall can’t tell close it, and don’t contradict each other there', () => {
    const both = intersect(dockerDefault, open.deny('socket', arg(0).eq(16), kill).build())
    expect([ask(both, [16], 'socket'), ask(both, [15], 'socket')]).toEqual(['KILL_PROCESS', 'ALLOW'])
    expect([ask(both, [16], 'socket', 'x86'), ask(both, [15], 'socket', 'x86')]).toEqual([
      'KILL_PROCESS',
      'ALLOW',
    ])
    expect(ask(both, [1], 'socketcall', 'x86')).toBe('KILL_PROCESS')
    expect(ask(both, [], 'bind')).toBe('ALLOW')
  })
})

describe('errno', () => {
  const rule = (name: string, error: string): Profile => start.deny(name, { errno: error }).build()

  test('of a rule counts before that of a default: clone3 keeps ENOSYS', () => {
    expect(about(intersect(start.allow('read').build(), rule('clone3', 'ENOSYS')), 'clone3')).toEqual([
      ['ERRNO 38'],
    ])
    expect(about(intersect(rule('clone3', 'ENOSYS'), start.allow('read').build()), 'clone3')).toEqual([
      ['ERRNO 38'],
    ])
  })

  test('of two rules, that of the earlier profile counts', () => {
    expect(about(intersect(rule('clone3', 'ENOSYS'), rule('clone3', 'EACCES')), 'clone3')).toEqual([
      ['ERRNO 38'],
    ])
    expect(about(union(rule('clone3', 'EACCES'), rule('clone3', 'ENOSYS')), 'clone3')).toEqual([['ERRNO 13']])
  })
})

describe('architectures', () => {
  const on = (...architectures: string[]): Profile =>
    parseProfile({
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: architectures.map((name) => `SCMP_ARCH_${name}`),
    })

  test('are those that both list', () => {
    expect(intersect(on('X86_64', 'X86'), on('X86', 'X32')).architectures).toEqual(['SCMP_ARCH_X86'])
    expect(intersect(on('X86'), on()).architectures).toBeUndefined()
  })

  test('of archMap and of a list are taken row by row', () => {
    expect(intersect(dockerDefault, on('X86', 'ARM')).archMap).toEqual([
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    ])
  })

  test('that only one lists are left out of a union with a warning: the other’s rules aren’t about them', () => {
    const both = union(on('X86_64', 'X86'), on('X86_64'))
    expect(both.architectures).toEqual(['SCMP_ARCH_X86_64'])
    expect(composeWarnings(both)).toEqual([
      { kind: 'architecture', message: expect.stringContaining('SCMP_ARCH_X86:') },
    ])
    expect(composeWarnings(union(on('X86'), on('X86')))).toEqual([])
  })
})

describe('the rest of the header', () => {
  const having = (more: object): Profile => parseProfile({ defaultAction: 'SCMP_ACT_ALLOW', ...more })
  const log = 'SECCOMP_FILTER_FLAG_LOG'
  const spec = 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'

  test('has the flags of both, or of either; who names none leaves them to the other', () => {
    expect(intersect(having({ flags: [log, spec] }), having({ flags: [log] })).flags).toEqual([log])
    expect(union(having({ flags: [log] }), having({ flags: [spec] })).flags).toEqual([log, spec])
    expect(intersect(having({ flags: [log] }), having({})).flags).toEqual([log])
  })

  test('has one listener; two are refused', () => {
    const path = { listenerPath: '/run/a.sock', listenerMetadata: 'm' }
    expect(intersect(having(path), having({}))).toMatchObject(path)
    expect(() => intersect(having(path), having({ listenerPath: '/run/b.sock' }))).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining('/run/b.sock') }),
    )
  })
})

describe('rules by number', () => {
  const numbered = parseProfile({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [{ names: [1], action: 'SCMP_ACT_ALLOW' }],
  })
  const machine = { arch: 'x86_64', kernel: '6.18', capabilities: 'none' } as const

  test('need a target, on which they get their names', () => {
    expect(() => intersect(numbered, start.allow('write').build())).toThrow(
      expect.objectContaining({ code: 'ERR_TARGET_INVALID', message: expect.stringContaining('profileFor') }),
    )
    const both = intersect(profileFor(numbered, machine), profileFor(start.allow('write').build(), machine))
    expect(about(both, 'write')).toEqual([['ALLOW']])
  })

  test('that no architecture has a name for are as good as names', () => {
    const beyond = parseProfile({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: [99999], action: 'SCMP_ACT_ALLOW' }],
    })
    expect(about(union(beyond, start.build()), '#99999')).toEqual([['ALLOW']])
  })
})

test('profileFor leaves a profile as the OCI knows it: no gates, no archMap, names for numbers', () => {
  const machine = { arch: 'x86_64', kernel: '6.18', capabilities: ['CAP_BPF'] } as const
  const resolved = profileFor(dockerDefault, machine)
  expect(resolved.archMap).toBeUndefined()
  expect(resolved.architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'])
  expect(resolved.syscalls.filter((rule: Rule) => rule.includes || rule.excludes)).toEqual([])
  expect(about(resolved, 'bpf')).toEqual([['ALLOW']])
  expect(about(resolved, 'mount')).toEqual([])
})

test('a profile that contradicts itself isn’t composed', () => {
  const torn = start.allow('ioctl', arg(0).eq(1)).deny('ioctl', arg(0).eq(1), { errno: 'EACCES' }).build()
  expect(() => intersect(torn, start.allow('ioctl', arg(1).eq(1)).build())).toThrow(
    expect.objectContaining({ code: 'ERR_POLICY_CONFLICT' }),
  )
})
