import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { blockedCalls } from './blocked-calls.ts'
import { MARK } from './evidence.ts'
import { attempts, native, observe } from './observe.ts'
import { holds, outerFilters } from './surroundings.ts'
import { underFilter } from './under-filter.ts'

/** The filters that the container's options ask for: 1 under Docker's default profile, 0 when unconfined. */
const expected = process.env['OUTER_FILTERS']
if (!expected)
  console.log('skipped: whether Docker installed what its options say, because OUTER_FILTERS is not set')

/** A filter that allows all but acct, so that every other refusal is somebody else's. */
const ours = compile(
  {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['acct'], action: 'SCMP_ACT_ERRNO', errnoRet: MARK }],
  },
  { arch: native, kernel: '6.18', capabilities: 'docker' },
)

describe('our filter in a container', () => {
  test.skipIf(!expected)('meets the filters that the container was started with', () => {
    expect(outerFilters).toBe(Number(expected))
  })

  test('is one more on the stack', async () => {
    const child = underFilter(ours)('cat', ['/proc/self/status'])
    const status = await text(child.stdout!)
    expect(status).toMatch(new RegExp(`^Seccomp_filters:\\s+${outerFilters + 1}$`, 'm'))
  })

  test('adds its refusals to those below it and lifts none', async () => {
    const rows = attempts(
      blockedCalls.filter(({ name }) => name === 'acct' || name === 'mount'),
      ['native'],
    )
    const [, mountBelow] = await observe(rows)
    const [acct, mount] = await observe(rows, underFilter(ours))
    expect({ acct, mount }).toEqual({ acct: MARK, mount: mountBelow })
    // Docker's own profile lets mount through for CAP_SYS_ADMIN alone.
    const EPERM = 1
    const EFAULT = 14
    expect(mount).toBe(outerFilters > 0 && !holds('CAP_SYS_ADMIN') ? EPERM : EFAULT)
  })
})
