import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeTarget } from '../../lib/policy/target.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'
import { scratch } from '../cli/scratch.ts'
import { seccomp } from '../cli/seccomp.ts'
import { opened, opponentPolicy } from './opponent.ts'

const { libseccomp, skip } = opened()

const text = `{ "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  { "names": ["read", "write", "futex", "exit_group"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ" }] },
  { "names": ["mmap"], "action": "SCMP_ACT_TRAP", "args": [{ "index": 1, "value": 4294967297, "op": "SCMP_CMP_EQ" }] }
] }`
const flags = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'none', '--quiet']

describe.skipIf(skip)(`seccomp prove${skip}`, () => {
  test.each([1, 2] as const)('proves libseccomp’s own filter at level %i as crun loads it', async (level) => {
    const target = makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'none' })
    const [filter] = libseccomp.build([opponentPolicy(parseProfileText(text), target, level)])
    const folder = scratch({ 'p.json': text })
    writeFileSync(join(folder, 'theirs.bpf'), filter!.bytes!)
    const proved = await seccomp(['prove', 'p.json', 'theirs.bpf', '--as', 'crun', ...flags], { cwd: folder })
    expect(proved.stdout).toMatch(/^proved: .+, as crun\)\n$/)
    expect(proved.code).toBe(0)
    // runc loads it behind a stub that answers ENOSYS above the newest call; libseccomp alone doesn't.
    const differs = await seccomp(['prove', 'p.json', 'theirs.bpf', '--as', 'runc', ...flags], {
      cwd: folder,
    })
    expect(differs.code).toBe(1)
    expect(differs.stdout).toMatch(/^profile: ERRNO\(ENOSYS\)$/m)
  })
})
