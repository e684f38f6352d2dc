import { release } from 'node:os'
import { describe, expect, test } from 'vitest'
import { actions } from '../../lib/bpf/verdict.ts'
import { kernelSupport } from '../../lib/kernel/support.ts'
import { kernelAtLeast, parseKernel } from '../../lib/policy/target.ts'
import { launch } from './launch.ts'
import { answering, EPERM } from './programs.ts'
import { canFilter } from './victims.ts'

const since = (version: string): boolean => kernelAtLeast(parseKernel(release()), parseKernel(version))

describe.runIf(canFilter)('kernelSupport', () => {
  test('finds what kernels of this version have', () => {
    expect(kernelSupport()).toMatchObject({
      release: release(),
      filters: true,
      actions: {
        KILL_PROCESS: since('4.14'),
        KILL_THREAD: true,
        TRAP: true,
        ERRNO: true,
        NOTIFY: since('5.0'),
        TRACE: true,
        LOG: since('4.14'),
        ALLOW: true,
      },
      flags: {
        SECCOMP_FILTER_FLAG_TSYNC: true,
        SECCOMP_FILTER_FLAG_LOG: since('4.14'),
        SECCOMP_FILTER_FLAG_SPEC_ALLOW: since('4.17'),
        SECCOMP_FILTER_FLAG_NEW_LISTENER: since('5.0'),
        SECCOMP_FILTER_FLAG_TSYNC_ESRCH: since('5.7'),
        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: since('5.19'),
      },
    })
  })

  test("agrees with the kernel's own list of actions", () => {
    const { actions: answers, actionsAvailable } = kernelSupport()
    expect(actionsAvailable).not.toBeNull()
    const asListed = actions.filter((action) => answers[action])
    expect(asListed.map((action) => (action === 'NOTIFY' ? 'user_notif' : action.toLowerCase()))).toEqual(
      actionsAvailable,
    )
  })

  test.runIf(since('5.0'))('tells sizes no smaller than those of the first kernel that had them', () => {
    const { notificationSizes } = kernelSupport()
    expect(notificationSizes!.notification).toBeGreaterThanOrEqual(80)
    expect(notificationSizes!.response).toBeGreaterThanOrEqual(24)
    expect(notificationSizes!.data).toBeGreaterThanOrEqual(64)
  })

  test('says that it can not know when a filter answers in the place of the kernel', () => {
    const module = JSON.stringify(new URL('../../out/kernel/support.js', import.meta.url).href)
    const script = `import(${module}).then(({ kernelSupport }) => console.log(JSON.stringify(kernelSupport())))`
    const { status, stdout, stderr } = launch(answering({ seccomp: EPERM }), process.execPath, {
      args: ['-e', script],
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { filters, actions: answers, flags, notificationSizes } = JSON.parse(stdout)
    expect(filters).toBeNull()
    expect(new Set([...Object.values(answers), ...Object.values(flags)])).toEqual(new Set([null]))
    expect(notificationSizes).toBeNull()
  })
})
