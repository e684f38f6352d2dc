import { describe, expect, test } from 'vitest'
import { type Action, verdict } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { actionsOf, requireSupport } from '../../lib/kernel/requirements.ts'
import type { Answer, KernelAnswers } from '../../lib/kernel/support.ts'
import type { FlagName } from '../../lib/profile/types.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const filtering = (action: string): ReturnType<typeof compile> =>
  compile(
    { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir'], action: `SCMP_ACT_${action}` }] },
    target,
  )
const programOf = (action: string): readonly [ReturnType<typeof compile>['instructions']] => [
  filtering(action).instructions,
]

/** A kernel that has everything but these. */
const kernelWithout = (lacks: readonly string[], answer: Answer = false): KernelAnswers => ({
  filters: () => (lacks.includes('filters') ? answer : true),
  action: (action) => (lacks.includes(action) ? answer : true),
  flag: (flag) => (lacks.includes(flag) ? answer : true),
})

const require = (kernel: KernelAnswers, action: string, flags: readonly FlagName[] = []): void =>
  requireSupport({ programs: programOf(action), flags }, kernel)

describe('what a filter needs of the kernel', () => {
  test('is nothing that a kernel with everything lacks', () => {
    expect(() =>
      require(kernelWithout([]), 'LOG', [
        'SECCOMP_FILTER_FLAG_TSYNC',
        'SECCOMP_FILTER_FLAG_LOG',
        'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
      ]),
    ).not.toThrow()
  })

  test.each<FlagName>([
    'SECCOMP_FILTER_FLAG_LOG',
    'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
    'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
  ])('is the flag %s of the profile, which the error names', (flag) => {
    expect(() => require(kernelWithout([flag]), 'ERRNO', [flag])).toThrow(
      expect.objectContaining({
        name: 'KernelError',
        code: 'ERR_KERNEL_UNSUPPORTED',
        errno: 'EINVAL',
        message: expect.stringMatching(new RegExp(`lacks ${flag} \\(Linux \\d.\\d+\\).*nothing was run`)),
      }),
    )
    if (flag !== 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV')
      expect(() => require(kernelWithout([flag]), 'ERRNO')).not.toThrow()
  })

  test.each(['LOG', 'KILL_PROCESS', 'NOTIFY', 'TRACE'] satisfies Action[])(
    'is the action %s if the filter uses it, and the error names it',
    (action) => {
      expect(() => require(kernelWithout([action]), action)).toThrow(
        expect.objectContaining({
          code: 'ERR_KERNEL_UNSUPPORTED',
          errno: 'EOPNOTSUPP',
          message: expect.stringMatching(new RegExp(`lacks the action ${action} \\(Linux \\d.\\d+\\)`)),
        }),
      )
    },
  )

  test('is no action that the filter does not use', () => {
    expect(() => require(kernelWithout(['LOG', 'NOTIFY', 'TRACE', 'KILL_THREAD']), 'ERRNO')).not.toThrow()
  })

  test('is in any filter of a stack', () => {
    const programs = [filtering('ERRNO').instructions, filtering('LOG').instructions]
    expect(() => requireSupport({ programs, flags: [] }, kernelWithout(['LOG']))).toThrow(/the action LOG/)
  })

  test('is a kernel with filters, before all', () => {
    expect(() => require(kernelWithout(['filters', 'ERRNO']), 'ERRNO')).toThrow(/CONFIG_SECCOMP_FILTER/)
  })

  test('is a listener for WAIT_KILLABLE_RECV, on any kernel', () => {
    const flags = ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] as const
    expect(() => require(kernelWithout([]), 'ERRNO', flags)).toThrow(/together with a listener/)
  })

  test('is left to the installation where a filter answers in the place of the kernel', () => {
    const flags = ['SECCOMP_FILTER_FLAG_LOG'] as const
    const silent = kernelWithout(['filters', 'LOG', 'ERRNO', 'ALLOW', 'KILL_PROCESS', ...flags], null)
    expect(() => require(silent, 'LOG', flags)).not.toThrow()
  })
})

test('the actions of a program are those of its returns, each once', () => {
  expect([...actionsOf(filtering('LOG').instructions)].sort()).toEqual(['ALLOW', 'KILL_PROCESS', 'LOG'])
  const ret = (k: number): { code: number; jt: number; jf: number; k: number } => ({
    code: 6,
    jt: 0,
    jf: 0,
    k,
  })
  expect(actionsOf([ret(verdict('ERRNO', 1)), ret(verdict('ERRNO', 2))])).toEqual(['ERRNO'])
  // A value that isn't an action kills.
  expect(actionsOf([ret(0x12340000)])).toEqual(['KILL_PROCESS'])
})
