import type { TestTarget } from '../../lib/testing/subject.ts'

/** So that tests say the same on every machine. */
export const target: TestTarget = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }

/** A profile as text; its rules stand on lines 3 to 6. */
export const web = `{ "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  { "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 2, "op": "SCMP_CMP_EQ" }] },
  { "names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS" },
  { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } }
] }`
