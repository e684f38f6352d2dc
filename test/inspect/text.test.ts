import { describe, expect, test } from 'vitest'
import { compile, policyTree } from '../../lib/filter/compile.ts'
import { formatCondition } from '../../lib/inspect/condition.ts'
import { formatPolicy } from '../../lib/inspect/policy-json.ts'
import { formatTree } from '../../lib/inspect/tree.ts'

const { policy } = compile(
  {
    defaultAction: 'SCMP_ACT_ERRNO',
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [
      { names: ['read'], action: 'SCMP_ACT_ALLOW' },
      {
        names: ['sendto'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 2, value: 18446744073709551615n, op: 'SCMP_CMP_EQ' }],
      },
    ],
  },
  { arch: 'x86_64', kernel: '6.18', capabilities: 'none' },
)

describe('a stage as text', () => {
  test('a condition reads as C', () => {
    const condition = { index: 1, op: 'SCMP_CMP_NE', width: 32, value: 7n, valueTwo: 0n } as const
    expect(formatCondition(condition)).toBe('(u32)args[1] != 7')
    const masked = { ...condition, op: 'SCMP_CMP_MASKED_EQ', width: 64, value: 0x7e020000n } as const
    expect(formatCondition(masked)).toBe('(args[1] & 0x7e020000) == 0')
  })

  test('the policy keeps 64 bits and names its verdicts', () => {
    const document = JSON.parse(formatPolicy(policy))
    expect(document.defaultVerdict).toBe('ERRNO(EPERM)')
    expect(document.foreignVerdict).toBe('KILL_PROCESS')
    expect(document.architectures[0].calls[1].rules[0].conditions[0].value).toBe('0xffffffffffffffff')
  })

  test('the tree has one line a node, the root first, and every node it leads to', () => {
    const lines = formatTree(policyTree(policy)).trimEnd().split('\n')
    expect(lines[0]).toMatch(/^n\d+: arch == 0xc000003e \? n\d+ : n\d+$/)
    const defined = lines.map((line) => line.slice(0, line.indexOf(':')))
    expect(new Set(defined).size).toBe(lines.length)
    for (const [index, line] of lines.entries())
      for (const [name] of line.slice(line.indexOf(':')).matchAll(/n\d+/g))
        expect(defined.indexOf(name)).toBeGreaterThan(index)
    expect(lines.filter((line) => line.endsWith(': ALLOW'))).toHaveLength(1)
  })
})
