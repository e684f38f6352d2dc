import { describe, expect, test } from 'vitest'
import type { ThreadStatus } from '../../lib/kernel/status.ts'
import { apply, withoutFilter } from '../../lib/process/apply.ts'
import { drop } from '../../lib/process/drop.ts'
import { NotEnforcedError } from '../../lib/process/not-enforced-error.ts'

const thread = (
  tid: number,
  filters: number | null,
  mode: ThreadStatus['mode'] = 'filter',
): ThreadStatus => ({
  tid,
  comm: 'node',
  mode,
  filters,
  noNewPrivileges: true,
})

describe('withoutFilter', () => {
  test('is empty when every thread has one filter more than the process had', () => {
    expect(withoutFilter([thread(1, 0, 'disabled')], [thread(1, 1), thread(2, 1)])).toEqual([])
    expect(withoutFilter([thread(1, 2), thread(2, 1)], [thread(1, 3), thread(2, 3)])).toEqual([])
  })

  test('names a thread without any, and one whose filters did not grow', () => {
    const before = [thread(1, 1), thread(2, 1)]
    expect(withoutFilter(before, [thread(1, 2), thread(2, 0, 'disabled')])).toMatchObject([{ tid: 2 }])
    expect(withoutFilter(before, [thread(1, 1), thread(2, 2)])).toMatchObject([{ tid: 1 }])
  })

  test('counts a stack of filters', () => {
    expect(withoutFilter([thread(1, 1)], [thread(1, 3)], 2)).toEqual([])
    expect(withoutFilter([thread(1, 1)], [thread(1, 2)], 2)).toMatchObject([{ tid: 1 }])
  })

  test('goes by the mode alone where the kernel tells no counts', () => {
    const before = [thread(1, null, 'disabled')]
    expect(withoutFilter(before, [thread(1, null)])).toEqual([])
    expect(withoutFilter(before, [thread(1, null), thread(2, null, 'disabled')])).toMatchObject([{ tid: 2 }])
  })
})

describe('apply', () => {
  test.for([[[]], [[{}]], [[1]]])('refuses the list %j, which holds no filters', ([list]) => {
    expect(() => apply(list as never)).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }))
  })
})

describe('options', () => {
  test.for([
    ['apply', (options: object) => apply('no-such-profile', options)],
    ['drop', (options: object) => drop('no-such-profile', options)],
  ] as const)(
    'of %s that there are not are refused, so that a slip of the pen changes nothing unseen',
    ([, use]) => {
      expect(() => use({ onviolation: 'kill' })).toThrow(
        'no option is called "onviolation"; did you mean "onViolation"',
      )
      expect(() => use(null as never)).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }))
    },
  )
})

describe('NotEnforcedError', () => {
  test('names the threads, and says that the process is no longer what it was', () => {
    const error = new NotEnforcedError([thread(7, 0, 'disabled')])
    expect(error).toMatchObject({ code: 'ERR_NOT_ENFORCED', threads: [{ tid: 7 }] })
    expect(error.message).toMatch(/thread 7 \(node\).*no longer what it was.*end it/)
  })
})
