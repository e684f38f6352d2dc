import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/kernel/compile.ts'
import type { ProcessStatus } from '../../lib/kernel/status.ts'
import { kernelAnswers } from '../../lib/kernel/support.ts'
import { ask, canFilter, hex } from './victims.ts'

interface Answered {
  first: unknown
  second: unknown
  before: ProcessStatus
  after: ProcessStatus
}
const install = (filter: Uint8Array, options: object = {}): Answered =>
  ask('listener', [hex(filter), JSON.stringify(options)]) as Answered

/** acct(2) is a call that Node never makes. */
const notifying = canFilter
  ? compile({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['acct'], action: 'SCMP_ACT_NOTIFY' }],
    }).bytes
  : new Uint8Array()

const listens = canFilter && kernelAnswers.flag('SECCOMP_FILTER_FLAG_TSYNC_ESRCH') === true
if (canFilter && !listens) console.log('skipped: listeners, for this kernel has no TSYNC_ESRCH')

const added = ({ before, after }: Answered): (number | null)[] =>
  after.threads.map(({ filters }) => (filters === null ? null : filters - (before.threads[0]?.filters ?? 0)))

describe.runIf(listens)('installListener', () => {
  test('puts the filter on every thread and returns its listener; the kernel takes no second one', () => {
    const answered = install(notifying)
    expect(answered.first).toBe('anon_inode:seccomp notify')
    expect(answered.second).toMatchObject({ name: 'KernelError', code: 'ERR_KERNEL', errno: 'EBUSY' })
    expect(answered.after.threads.length).toBeGreaterThan(1)
    for (const count of added(answered)) expect([1, null]).toContain(count)
  })

  test('for the calling thread leaves the others as they were', () => {
    const answered = install(notifying, { threads: 'calling' })
    expect(answered.first).toBe('anon_inode:seccomp notify')
    for (const count of added(answered).slice(1)) expect([0, null]).toContain(count)
  })

  test.runIf(kernelAnswers.flag('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV') === true)(
    'takes the flag that only a filter with a listener can have',
    () => {
      const { first } = install(notifying, { flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] })
      expect(first).toBe('anon_inode:seccomp notify')
    },
  )

  test('looks at the bytes first', () => {
    expect(install(notifying.subarray(0, 12)).first).toMatchObject({ code: 'ERR_FILTER_INVALID' })
  })
})
