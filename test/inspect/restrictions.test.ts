import { describe, expect, test } from 'vitest'
import { op } from '../../lib/bpf/instruction.ts'
import { ALLOW, KILL_PROCESS, verdict } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { restrictionsOf } from '../../lib/inspect/restrictions.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'none' } as const
const EPERM = verdict('ERRNO', 1)

describe('restrictionsOf', () => {
  test('finds none where everything is allowed, on every architecture', () => {
    const found = restrictionsOf([[{ code: op.RET_K, jt: 0, jf: 0, k: ALLOW }]], 'x86_64')
    expect(found.restrictions).toEqual([])
    expect(found.allowed).toBe(found.calls)
    expect(found.others).toEqual([
      { arch: 'x86', verdict: ALLOW },
      { arch: 'x32', verdict: ALLOW },
    ])
  })

  test('tells calls refused always from calls refused for some arguments', () => {
    const { instructions } = compile(
      {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          { names: ['mkdir', 'acct'], action: 'SCMP_ACT_ERRNO' },
          { names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 40, op: 'SCMP_CMP_EQ' }] },
        ],
      },
      target,
    )
    const { restrictions, calls, allowed, others } = restrictionsOf([instructions], 'x86_64')
    expect(restrictions.find((each) => each.verdict === EPERM)).toMatchObject({
      always: ['acct', 'mkdir'],
      sometimes: ['socket'],
    })
    expect(calls - allowed).toBe(3)
    expect(others.map((each) => each.verdict)).toEqual([KILL_PROCESS, KILL_PROCESS])
  })

  test('has the strictest verdict of a stack', () => {
    const refusing = (name: string, action: string) =>
      compile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: [name], action }] }, target).instructions
    const stack = [refusing('mkdir', 'SCMP_ACT_ERRNO'), refusing('mkdir', 'SCMP_ACT_KILL_PROCESS')]
    const { restrictions } = restrictionsOf(stack, 'x86_64')
    expect(restrictions.find(({ always }) => always.includes('mkdir'))?.verdict).toBe(KILL_PROCESS)
  })
})
