import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { parseCall } from '../../lib/inspect/call.ts'
import { decide, formatDecision } from '../../lib/inspect/decision.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'

const text = `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [
    { "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] }
  ]
}`
const { policy } = compile(parseProfileText(text, { source: 'p.json' }), {
  arch: 'x86_64',
  kernel: '6.18',
  capabilities: 'none',
})

describe('decide', () => {
  test('names the rule and its place', () => {
    const decision = decide(policy, parseCall('socket', ['1'], 'x86_64'))
    expect(decision.by).toBe('rule')
    expect(formatDecision(decision)).toBe('p.json:6:5 /syscalls/1')
  })

  test('says when no rule fits', () => {
    expect(decide(policy, parseCall('socket', ['2'], 'x86_64')).by).toBe('default')
    expect(decide(policy, parseCall('close', [], 'x86_64')).by).toBe('default')
  })

  test('says when the number is above all that the profile names', () => {
    const decision = decide(policy, parseCall('600', [], 'x86_64'))
    expect(decision).toMatchObject({ by: 'newest', newest: 41 })
    expect(formatDecision(decision)).toContain('no call on x86_64 above 41')
  })

  test('says when the architecture is not listed', () => {
    expect(decide(policy, parseCall('read', [], 'x86')).by).toBe('foreign')
    expect(decide(policy, parseCall('read', [], 'x32')).by).toBe('foreign')
  })
})
