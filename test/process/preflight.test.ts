import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { policyFor } from '../../lib/filter/compile.ts'
import type { Faithfulness } from '../../lib/policy/policy.ts'
import { type Finding, PreflightError } from '../../lib/process/preflight/finding.ts'
import { needs } from '../../lib/process/preflight/needs.ts'
import { preflight } from '../../lib/process/preflight/preflight.ts'
import type { Situation } from '../../lib/process/preflight/situation.ts'

const glibc = { name: 'glibc', version: '2.36' } as const
const node20: Situation = { node: 20, libc: glibc, rings: 0, pool: 'unknown', jit: true }
const node24: Situation = { node: 24, libc: glibc, rings: 3, pool: 'cold', jit: true }
const musl: Situation = { ...node24, libc: { name: 'musl', version: undefined } }

const policy = (profile: object | string, as: Faithfulness = 'safe'): ReturnType<typeof policyFor> =>
  policyFor(profile, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker', as })

const allowingBut = (...syscalls: readonly object[]): object => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls,
})
const errno = (name: string, code = 'EPERM', args: readonly object[] = []): object => ({
  names: [name],
  action: 'SCMP_ACT_ERRNO',
  errno: code,
  args,
})
const equals = (index: number, value: number): object => ({ index, value, op: 'SCMP_CMP_EQ' })
const judge = (situation: Situation, ...rules: readonly object[]): readonly Finding[] =>
  preflight(policy(allowingBut(...rules)), situation)

/** `fatal io_uring_enter abort`. */
const brief = (findings: readonly Finding[]): string[] =>
  findings.map(({ severity, syscall, consequence }) => `${severity} ${syscall} ${consequence}`)

describe('preflight', () => {
  test('finds nothing where everything is allowed', () => {
    for (const situation of [node20, node24, musl])
      expect(preflight(policy('unconfined'), situation)).toEqual([])
  })

  test("refuses Docker's default while io_uring rings are open, and only then", () => {
    expect(brief(preflight(policy('docker-default'), node24))).toEqual(['fatal io_uring_enter abort'])
    expect(preflight(policy('docker-default'), { ...node24, rings: 0 })).toEqual([])
    expect(preflight(policy('docker-default'), node20)).toEqual([])
  })

  test('tells the rule, the verdict, what happens and what to do', () => {
    const [finding] = judge(node24, errno('fsync'), errno('io_uring_enter', 'ENOSYS'))
    expect(finding).toMatchObject({
      severity: 'fatal',
      syscall: 'io_uring_enter',
      consequence: 'abort',
      verdict: 0x50026,
      position: { pointer: '/syscalls/1' },
      why: expect.stringContaining('io_uring'),
    })
    expect(finding!.message).toMatch(
      /^io_uring_enter gets ERRNO\(ENOSYS\) \(\/syscalls\/1\): Node aborts, for .*; .*allow io_uring_enter$/,
    )
  })

  test('leaves an ordinary denial alone, for that is a JavaScript error', () => {
    expect(judge(node24, errno('openat'), errno('socket'), errno('execve'), errno('mkdir'))).toEqual([])
  })

  test('asks for epoll_ctl where there is no ring, or where a new event loop will get none', () => {
    expect(judge(node24, errno('epoll_ctl'))).toEqual([])
    expect(brief(judge(node20, errno('epoll_ctl')))).toEqual(['fatal epoll_ctl abort'])
    expect(brief(judge(node24, errno('epoll_ctl'), errno('io_uring_setup')))).toEqual([
      'fatal epoll_ctl abort',
    ])
  })

  test('lets clone3 be refused with ENOSYS, and with anything once the pool is there', () => {
    expect(judge(node24, errno('clone3', 'ENOSYS'))).toEqual([])
    expect(brief(judge(node24, errno('clone3')))).toEqual(['fatal clone3 abort'])
    expect(judge(node24, errno('clone3'))[0]!.remedies).toContain('give clone3 the errno ENOSYS')
    expect(judge({ ...node24, pool: 'warm' }, errno('clone3'))).toEqual([])
  })

  test('knows that musl never asks clone3 and registers no rseq', () => {
    expect(judge(musl, errno('clone3'), errno('rseq'))).toEqual([])
    expect(brief(judge(musl, errno('clone')))).toEqual(['fatal clone abort'])
  })

  test('asks for clone only where clone3 does not do', () => {
    expect(judge(node24, errno('clone'))).toEqual([])
    expect(brief(judge(node24, errno('clone'), errno('clone3', 'ENOSYS')))).toEqual(['fatal clone abort'])
  })

  test('decides by the arguments that Node passes: flags of threads, not of namespaces', () => {
    const namespaces = { index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        errno('clone3', 'ENOSYS'),
        errno('clone', 'EPERM', [{ ...namespaces, valueTwo: 0x10000000 }]),
      ],
    }
    expect(preflight(policy(profile), node24)).toEqual([])
    expect(brief(judge(node24, errno('clone3', 'ENOSYS'), errno('clone', 'EPERM', [namespaces])))).toEqual([
      'fatal clone abort',
    ])
  })

  test('lets memory be closed to code under --jitless only', () => {
    const executable = [{ index: 2, value: 4, valueTwo: 4, op: 'SCMP_CMP_MASKED_EQ' }]
    for (const name of ['mprotect', 'mmap']) {
      const code = errno(name, 'EACCES', executable)
      expect(brief(judge(node24, code))).toEqual([`fatal ${name} abort`])
      expect(judge({ ...node24, jit: false }, code)).toEqual([])
    }
  })

  test('calls it possible when other arguments than Node is known to pass decide', () => {
    expect(brief(judge(node24, errno('write', 'EPERM', [equals(0, 1)])))).toEqual(['possible write abort'])
  })

  test('does not miss rseq while threads can begin, nor ask for it when none can', () => {
    expect(brief(judge(node24, errno('rseq')))).toEqual(['fatal rseq abort'])
    expect(brief(judge(node24, errno('rseq', 'ENOSYS')))).toEqual(['fatal rseq abort'])
    const none = [errno('rseq'), errno('clone'), errno('clone3', 'ENOSYS')]
    expect(judge({ ...node24, pool: 'warm' }, ...none)).toEqual([])
    const old = { ...node24, libc: { name: 'glibc', version: '2.31' } } as const
    expect(judge(old, errno('rseq'))).toEqual([])
    expect(brief(judge({ ...old, libc: { ...old.libc, version: undefined } }, errno('rseq')))).toHaveLength(1)
  })

  test('asks for wait4 as long as there can be children', () => {
    expect(brief(judge(node24, errno('wait4')))).toEqual(['fatal wait4 abort'])
    expect(judge(node24, errno('wait4'), errno('clone'))).toEqual([])
  })

  test('knows which Node hangs and which aborts without getrandom', () => {
    expect(judge(node24, errno('getrandom', 'ENOSYS'))).toEqual([])
    expect(brief(judge(node24, errno('getrandom')))).toEqual(['fatal getrandom hang'])
    expect(brief(judge({ ...node24, node: 26 }, errno('getrandom')))).toEqual(['fatal getrandom abort'])
  })

  test('takes NOTIFY and TRACE for ENOSYS, which they are without listener and tracer', () => {
    for (const action of ['SCMP_ACT_NOTIFY', 'SCMP_ACT_TRACE']) {
      expect(judge(node24, { names: ['clone3'], action })).toEqual([])
      expect(brief(judge(node24, { names: ['futex'], action }))).toEqual(['fatal futex abort'])
    }
    expect(judge(node24, { names: ['futex'], action: 'SCMP_ACT_LOG' })).toEqual([])
  })

  test('refuses a default that kills threads, and only warns of one that ends the process', () => {
    const killing = (action: string): object => ({ defaultAction: action, syscalls: [] })
    const [thread] = preflight(policy(killing('SCMP_ACT_KILL_THREAD'), 'runc'), node24)
    expect(thread).toMatchObject({ severity: 'fatal', syscall: undefined, consequence: 'hang' })
    const whole = preflight(policy(killing('SCMP_ACT_KILL_PROCESS')), node24)
    expect(whole.filter(({ syscall }) => syscall === undefined)).toMatchObject([
      { severity: 'possible', consequence: 'crash' },
    ])
    expect(brief(whole)).toContain('fatal futex crash')
    expect(brief(whole)).toContain('possible openat crash')
  })

  test('judges the native architecture of a profile that lists only others', () => {
    const foreign = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_AARCH64'], syscalls: [] }
    // As in runc the native architecture is always there.
    expect(preflight(policy(foreign), node24)).toEqual([])
  })

  test('tells of each call once, fatal ones first', () => {
    const findings = judge(node24, errno('write', 'EPERM', [equals(0, 1)]), errno('mprotect'), errno('brk'))
    expect(brief(findings)).toEqual(['fatal mprotect abort', 'fatal brk crash', 'possible write abort'])
  })
})

describe('PreflightError', () => {
  test('lists what is fatal, and the ways out', () => {
    const findings = judge(node24, errno('brk'), errno('exit'), errno('write', 'EPERM', [equals(0, 1)]))
    const error = new PreflightError(findings)
    expect(error).toMatchObject({ name: 'PreflightError', code: 'ERR_PREFLIGHT', findings })
    for (const part of [
      /^nothing was installed/,
      /^ {2}brk gets/m,
      /^ {2}exit gets/m,
      /seccomp run/,
      /force/,
    ])
      expect(error.message).toMatch(part)
    expect(error.message).not.toMatch(/^ {2}write gets/m)
  })
})

test('docs/in-process.md tells of every need', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/in-process.md'), 'utf8')
  for (const { syscall } of needs) expect(page).toContain(`\`${syscall}\``)
})
