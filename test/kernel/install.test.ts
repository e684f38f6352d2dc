import { describe, expect, test } from 'vitest'
import type { ProcessStatus } from '../../lib/kernel/status.ts'
import { allowing, assemble, withoutMkdir } from './programs.ts'
import { ask, canFilter, hasSysAdmin, hex } from './victims.ts'

interface Installed {
  failure: null | { name: string; code: string; errno?: string; syscall?: string; message: string }
  main: string
  pool: string
  before: ProcessStatus
  after: ProcessStatus
}
const install = (filter: Uint8Array | readonly Uint8Array[], options: object = {}): Installed =>
  ask('install', [[filter].flat().map(hex).join(), JSON.stringify(options)]) as Installed

const counts = ({ threads }: ProcessStatus): (number | null)[] => threads.map((thread) => thread.filters)

describe.runIf(canFilter)('installFilter', () => {
  test('reaches every thread, those of the pool that were there before included', () => {
    const { failure, main, pool, before, after } = install(withoutMkdir)
    expect({ failure, main, pool }).toEqual({ failure: null, main: 'EPERM', pool: 'EPERM' })
    expect(after.threads.length).toBeGreaterThanOrEqual(5)
    expect(after.threads.map(({ mode, noNewPrivileges }) => ({ mode, noNewPrivileges }))).toEqual(
      after.threads.map(() => ({ mode: 'filter', noNewPrivileges: true })),
    )
    if (before.threads[0]!.filters !== null)
      expect(counts(after)).toEqual(after.threads.map(() => before.threads[0]!.filters! + 1))
  })

  test('for the calling thread alone leaves the pool as it was, which is why all threads is the default', () => {
    const { failure, main, pool } = install(withoutMkdir, { threads: 'calling' })
    expect({ failure, main, pool }).toEqual({ failure: null, main: 'EPERM', pool: 'done' })
  })

  test('takes the flags of a profile', () => {
    const flags = ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW']
    expect(install(withoutMkdir, { flags })).toMatchObject({ failure: null, main: 'EPERM', pool: 'EPERM' })
  })

  test('takes 4096 instructions', () => {
    expect(install(allowing(4096))).toMatchObject({ failure: null, main: 'done', pool: 'done' })
  })

  test.for([
    ['of no instruction', new Uint8Array(0), 'ERR_FILTER_INVALID'],
    ['that ends within an instruction', allowing(2).subarray(0, 12), 'ERR_FILTER_INVALID'],
    ['of 4097 instructions', allowing(4097), 'ERR_FILTER_TOO_LARGE'],
  ] as const)('refuses a filter %s, before the kernel sees it', ([, filter, code]) => {
    const { failure, main, before, after } = install(filter)
    expect(failure).toMatchObject({ name: 'SeccompError', code })
    expect(main).toBe('done')
    expect(counts(after)).toEqual(counts(before))
  })

  test('names errno and call when the kernel refuses the program, and nothing is installed', () => {
    const noReturn = assemble([[0x20, 0, 0, 0]])
    const { failure, main, before, after } = install(noReturn)
    expect(failure).toMatchObject({
      name: 'KernelError',
      code: 'ERR_KERNEL',
      errno: 'EINVAL',
      syscall: 'seccomp',
    })
    expect(failure!.message).toMatch(/^seccomp: EINVAL: .*program/)
    expect(main).toBe('done')
    expect(counts(after)).toEqual(counts(before))
  })

  test('takes several, in their order', () => {
    const { failure, main, pool, before, after } = install([allowing(1), withoutMkdir])
    expect({ failure, main, pool }).toEqual({ failure: null, main: 'EPERM', pool: 'EPERM' })
    if (before.threads[0]!.filters !== null)
      expect(counts(after)).toEqual(after.threads.map(() => before.threads[0]!.filters! + 2))
  })

  test('installs none of several when one is no program, and says which hold when the kernel refuses a later one', () => {
    const early = install([withoutMkdir, allowing(4097)])
    expect(early).toMatchObject({ failure: { code: 'ERR_FILTER_TOO_LARGE' }, main: 'done' })
    const late = install([withoutMkdir, assemble([[0x20, 0, 0, 0]])])
    expect(late).toMatchObject({
      failure: { code: 'ERR_KERNEL', message: expect.stringMatching(/filter 2.*hold already/) },
      main: 'EPERM',
    })
  })

  test('tells a combination of flags that the kernel refuses from a bad program', () => {
    const flags = ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] // needs a listener
    expect(install(withoutMkdir, { flags }).failure).toMatchObject({
      code: 'ERR_KERNEL_UNSUPPORTED',
      errno: 'EINVAL',
      message: expect.stringContaining('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'),
    })
  })

  test('names the thread that has a filter of its own, and installs nothing anywhere', () => {
    const { tid, failure, before, after } = ask('thread-sync', [hex(withoutMkdir)]) as {
      tid: number
      failure: unknown
      before: ProcessStatus
      after: ProcessStatus
    }
    const comm = before.threads.find((thread) => thread.tid === tid)!.comm
    expect(comm).not.toBe('')
    expect(failure).toEqual({ name: 'ThreadSyncError', code: 'ERR_THREAD_SYNC', tid, comm })
    expect(after.threads[0]).toMatchObject({
      mode: before.threads[0]!.mode,
      filters: before.threads[0]!.filters,
    })
  })

  test('asks an ordinary user for no_new_privs', ({ annotate }) => {
    const answer = ask('unprivileged', [hex(withoutMkdir)]) as { uid: number; alreadySet: boolean }
    expect(answer.uid).not.toBe(0)
    // In a container started with no-new-privileges there is nothing to refuse.
    if (answer.alreadySet) return annotate('no_new_privs was set before this test')
    expect(answer).toMatchObject({
      without: { name: 'KernelError', code: 'ERR_KERNEL', errno: 'EACCES', syscall: 'seccomp' },
      with: 'done',
    })
    return undefined
  })

  test.runIf(hasSysAdmin)('works without no_new_privs for who has CAP_SYS_ADMIN', () => {
    const { failure, main, before, after } = install(withoutMkdir, { noNewPrivileges: false })
    expect({ failure, main }).toEqual({ failure: null, main: 'EPERM' })
    expect(after.threads[0]!.noNewPrivileges).toBe(before.threads[0]!.noNewPrivileges)
  })
})
