import { describe, expect, test } from 'vitest'
import { arg, errno, profile } from '../../lib/profile/build.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'

describe('profiles in code', () => {
  test('come out as the document that says the same', () => {
    const built = profile({ default: errno('EPERM'), architectures: ['SCMP_ARCH_X86_64'] })
      .allow('read', 'write', { comment: 'Files' })
      .allow('socket', arg(0).ne(40), arg(1).masked(0xff, 1))
      .deny('clone3', { errno: 'ENOSYS', excludes: { caps: ['CAP_SYS_ADMIN'] } })
      .deny('ptrace', { action: 'SCMP_ACT_KILL_PROCESS' })
      .build()
    expect(built).toEqual(
      parseProfile({
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: 1,
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: [
          { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW', comment: 'Files' },
          {
            names: ['socket'],
            action: 'SCMP_ACT_ALLOW',
            args: [
              { index: 0, op: 'SCMP_CMP_NE', value: 40 },
              { index: 1, op: 'SCMP_CMP_MASKED_EQ', value: 0xff, valueTwo: 1 },
            ],
          },
          {
            names: ['clone3'],
            action: 'SCMP_ACT_ERRNO',
            errnoRet: 38,
            excludes: { caps: ['CAP_SYS_ADMIN'] },
          },
          { names: ['ptrace'], action: 'SCMP_ACT_KILL_PROCESS' },
        ],
      }),
    )
    expect(parseProfileText(formatProfile(built))).toEqual(built)
  })

  test('every comparison has its operator', () => {
    const a = arg(2)
    const made = [a.eq(1), a.ne(1), a.lt(1), a.le(1), a.gt(1), a.ge(1), a.masked(1, 1)]
    expect(made.map(({ op }) => op.slice('SCMP_CMP_'.length))).toEqual([
      'EQ',
      'NE',
      'LT',
      'LE',
      'GT',
      'GE',
      'MASKED_EQ',
    ])
    expect(new Set(made.map(({ index, value }) => `${index} ${value}`))).toEqual(new Set(['2 1']))
  })

  test('a builder never changes: one beginning serves two profiles', () => {
    const start = profile({ default: 'SCMP_ACT_ALLOW' }).deny('ptrace')
    const longer = start.deny('mount', { errno: 13 })
    expect(start.build().syscalls).toHaveLength(1)
    expect(longer.build().syscalls.map(({ names, errnoRet }) => [names, errnoRet])).toEqual([
      [['ptrace'], undefined],
      [['mount'], 13],
    ])
  })

  test('is frozen as any profile is', () => {
    expect(Object.isFrozen(profile({ default: 'SCMP_ACT_ALLOW' }).build())).toBe(true)
  })

  test('a misspelt call is an error that knows the right one', () => {
    expect(() =>
      profile({ default: errno('EPERM') })
        .allow('raed')
        .build(),
    ).toThrow(
      expect.objectContaining({
        code: 'ERR_UNKNOWN_NAME',
        message: expect.stringContaining('did you mean "read"?'),
      }),
    )
  })

  test('a misspelt errno and a rounded operand are issues of the document', () => {
    const build = (): unknown =>
      profile({ default: errno('EPREM') })
        .allow('read', arg(0).eq(2 ** 60), arg(9).eq(1))
        .build()
    expect(build).toThrow(
      expect.objectContaining({
        code: 'ERR_PROFILE_INVALID',
        issues: [
          expect.objectContaining({ pointer: '/defaultErrno' }),
          expect.objectContaining({ pointer: '/syscalls/0/args/0/value' }),
          expect.objectContaining({ pointer: '/syscalls/0/args/1/index' }),
        ],
      }),
    )
  })

  test('an argument compared twice in one rule is refused: the runtimes would take either as enough', () => {
    expect(() =>
      profile({ default: errno('EPERM') })
        .allow('read', arg(0).ge(5), arg(0).le(9))
        .build(),
    ).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining('argument 0 of read') }),
    )
  })

  test('a rule that would never count is refused', () => {
    const start = profile({ default: errno('EPERM') })
    const build = (): unknown =>
      start.allow('socket').deny('socket', arg(0).eq(40), { errno: 'EACCES' }).build()
    expect(build).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining('extend()') }),
    )
    expect(
      start.allow('socket', arg(0).ne(40)).deny('socket', arg(0).eq(40), { errno: 'EACCES' }).build()
        .syscalls,
    ).toHaveLength(2)
  })
})
