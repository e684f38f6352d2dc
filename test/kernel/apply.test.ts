import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { scratch } from '../cli/scratch.ts'
import { ask, canFilter } from './victims.ts'

interface Applied {
  failure?: { name: string; code: string; message: string }
  instructions?: number[]
  threads?: { tid: number; mode: string; filters: number | null }[]
  findings?: { severity: string; syscall?: string }[]
  main: string
  pool: string
  before: (number | null)[]
  after: (number | null)[] | null
}
const apply = (source: object, options: object = {}, ...where: string[]): Applied =>
  ask('apply', [JSON.stringify(source), JSON.stringify(options), scratch(), ...where]) as Applied

const withoutMkdir = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errno: 'EACCES' }],
}
const file = (): string => join(scratch({ 'p.json': JSON.stringify(withoutMkdir) }), 'p.json')
const denied = { main: 'EACCES', pool: 'EACCES' }

const refusing = (...names: string[]): object => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names, action: 'SCMP_ACT_ERRNO', errno: 'EPERM' }],
})

describe.runIf(canFilter)('apply', () => {
  test.for([
    ['a document', () => withoutMkdir],
    ['a path', () => ({ profile: file() })],
    ['a URL', () => ({ url: pathToFileURL(file()).href })],
    ['a filter', () => ({ compiled: withoutMkdir })],
  ] as const)('puts %s in force for every thread', ([, source]) => {
    const { failure, main, pool, threads, before, after } = apply(source())
    expect({ failure, main, pool }).toEqual({ ...denied, failure: undefined })
    expect(threads!.length).toBeGreaterThanOrEqual(5)
    expect(new Set(threads!.map(({ mode }) => mode))).toEqual(new Set(['filter']))
    if (before[0] === null) return
    expect(new Set(threads!.map(({ filters }) => filters))).toEqual(new Set([before[0]! + 1]))
    expect(new Set(after)).toEqual(new Set([before[0]! + 1]))
  })

  test('takes a profile that needs several filters', () => {
    const rules = Array.from({ length: 5000 }, (_, index) => ({
      names: ['getpgid'],
      action: 'SCMP_ACT_ERRNO',
      errno: 'EPERM',
      args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 2 * index + 1_000_000 }],
    }))
    const document = { ...withoutMkdir, syscalls: [...withoutMkdir.syscalls, ...rules] }
    const { failure, instructions, threads, before, main, pool } = apply({
      profile: join(scratch({ 'large.json': JSON.stringify(document) }), 'large.json'),
    })
    expect({ failure, main, pool }).toEqual({ ...denied, failure: undefined })
    expect(instructions!.length).toBeGreaterThan(1)
    if (before[0] !== null)
      expect(new Set(threads!.map(({ filters }) => filters))).toEqual(
        new Set([before[0]! + instructions!.length]),
      )
  })

  test('refuses a profile that needs a supervisor, for there is none', () => {
    const { failure, main, before, after } = apply({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_NOTIFY' }],
    })
    expect(failure).toMatchObject({
      code: 'ERR_KERNEL_UNSUPPORTED',
      message: expect.stringContaining('SCMP_ACT_NOTIFY'),
    })
    expect({ main, after }).toEqual({ main: 'done', after: before })
  })

  test('does so from a Worker too', () => {
    expect(apply(withoutMkdir, {}, 'worker')).toMatchObject(denied)
  })

  test('verifies the threads even where nothing may be opened any more', () => {
    const { failure, threads, after } = apply(
      refusing('open', 'openat', 'openat2', 'pread64', 'getdents64', 'lseek'),
    )
    expect(failure).toBeUndefined()
    expect(threads!.length).toBeGreaterThanOrEqual(5)
    expect(after).toBeNull()
  })

  test('installs nothing when preflight refuses', () => {
    const { failure, main, before, after } = apply(refusing('mkdir', 'mkdirat', 'exit_group'))
    expect(failure).toMatchObject({ name: 'PreflightError', code: 'ERR_PREFLIGHT' })
    expect(failure!.message).toMatch(/exit_group gets ERRNO\(EPERM\) \(\/syscalls\/0\): Node hangs/)
    expect(main).toBe('done')
    expect(new Set(after)).toEqual(new Set(before))
  })

  test('tells of what is only possible, and installs', () => {
    const stdoutOnly = { index: 0, op: 'SCMP_CMP_EQ', value: 99 }
    const syscalls = [{ names: ['fstat'], action: 'SCMP_ACT_ERRNO', errno: 'EPERM', args: [stdoutOnly] }]
    const { failure, findings } = apply({ defaultAction: 'SCMP_ACT_ALLOW', syscalls })
    expect(failure).toBeUndefined()
    expect(findings).toMatchObject([{ severity: 'possible', syscall: 'fstat' }])
  })

  test('installs what preflight refuses when forced, and says what it knew', () => {
    const forced = apply(refusing('mkdir', 'mkdirat', 'rt_sigreturn'), { force: true })
    expect(forced).toMatchObject({ main: 'EPERM', pool: 'EPERM' })
    expect(forced.findings).toMatchObject([{ severity: 'fatal', syscall: 'rt_sigreturn' }])
  })

  test('opens gates for the capabilities it is given', () => {
    const gated = { ...withoutMkdir.syscalls[0], excludes: { caps: ['CAP_SYS_BOOT'] } }
    const profile = { ...withoutMkdir, syscalls: [gated] }
    expect(apply(profile)).toMatchObject(denied)
    expect(apply(profile, { capabilities: ['SYS_BOOT'] })).toMatchObject({ main: 'done', pool: 'done' })
  })

  test('refuses a filter of another architecture', () => {
    const arch = process.arch === 'arm64' ? 'x86_64' : 'aarch64'
    const { failure, before, after } = apply({ compiled: withoutMkdir, target: { arch } })
    expect(failure).toMatchObject({ code: 'ERR_TARGET_INVALID', message: expect.stringContaining(arch) })
    expect(new Set(after)).toEqual(new Set(before))
  })

  test.for([
    ['a file that is not there', { profile: '/nowhere/p.json' }, 'ERR_PROFILE_NOT_FOUND'],
    ['a document that breaks the format', { defaultAction: 'NONSENSE' }, 'ERR_PROFILE_INVALID'],
  ] as const)('refuses %s', ([, source, code]) => {
    expect(apply(source)).toMatchObject({ failure: { code }, main: 'done', pool: 'done' })
  })
})
