import { expect, test } from 'vitest'
import { conditionWords } from '../../../lib/inspect/explain/condition-words.ts'
import type { PolicyCondition } from '../../../lib/policy/policy.ts'
import type { OperatorName } from '../../../lib/profile/types.ts'
import type { ArchitectureName } from '../../../lib/syscalls/architectures.ts'

const condition = (
  index: number,
  op: OperatorName,
  value: bigint,
  valueTwo = 0n,
  width: 32 | 64 = 64,
): PolicyCondition => ({ index, op, value, valueTwo, width })

test.each<[string, PolicyCondition, string, ArchitectureName?]>([
  ['socket', condition(0, 'SCMP_CMP_EQ', 40n, 0n, 32), 'family is AF_VSOCK (40)'],
  ['socket', condition(0, 'SCMP_CMP_NE', 40n, 0n, 32), 'family is not AF_VSOCK (40)'],
  ['socket', condition(0, 'SCMP_CMP_LT', 38n, 0n, 32), 'family is below AF_ALG (38)'],
  ['socket', condition(0, 'SCMP_CMP_LE', 38n, 0n, 32), 'family is at most AF_ALG (38)'],
  ['socket', condition(0, 'SCMP_CMP_GT', 40n, 0n, 32), 'family is above AF_VSOCK (40)'],
  ['socket', condition(0, 'SCMP_CMP_GE', 99n, 0n, 32), 'family is at least 99'],
  [
    'socket',
    condition(0, 'SCMP_CMP_EQ', 40n),
    'family is AF_VSOCK (40) (on 64 bits, of which the kernel reads 32)',
  ],
  ['socket', condition(1, 'SCMP_CMP_EQ', 1n, 0n, 32), 'type is SOCK_DGRAM (1)', 'mips'],
  [
    'clone',
    condition(0, 'SCMP_CMP_MASKED_EQ', 0x10020000n),
    'clone_flags has none of CLONE_NEWNS, CLONE_NEWUSER (0x10020000)',
  ],
  ['clone', condition(0, 'SCMP_CMP_MASKED_EQ', 0x10000000n), 'clone_flags lacks CLONE_NEWUSER (0x10000000)'],
  [
    'clone',
    condition(0, 'SCMP_CMP_MASKED_EQ', 0x10000000n, 0x10000000n),
    'clone_flags has CLONE_NEWUSER (0x10000000)',
  ],
  [
    'clone',
    condition(0, 'SCMP_CMP_MASKED_EQ', 0x10020000n, 0x10020000n),
    'clone_flags has all of CLONE_NEWNS, CLONE_NEWUSER (0x10020000)',
  ],
  ['openat', condition(2, 'SCMP_CMP_MASKED_EQ', 3n, 1n, 32), 'flags under the mask 0x3 is O_WRONLY (1)'],
  ['ioctl', condition(1, 'SCMP_CMP_EQ', 0x5412n, 0n, 32), 'cmd is TIOCSTI (0x5412)'],
  ['ioctl', condition(1, 'SCMP_CMP_MASKED_EQ', 0xffffffffn, 0x5412n, 32), 'cmd is TIOCSTI (0x5412)'],
  ['ioctl', condition(1, 'SCMP_CMP_MASKED_EQ', 0xffffffffn, 0x5412n), 'cmd is TIOCSTI (0x5412)'],
  [
    'ioctl',
    condition(1, 'SCMP_CMP_MASKED_EQ', 2n ** 64n - 1n, 0x5412n),
    'cmd is TIOCSTI (0x5412) (on 64 bits, of which the kernel reads 32)',
  ],
  ['lseek', condition(1, 'SCMP_CMP_MASKED_EQ', 0xffffffffn, 7n), 'offset under the mask 0xffffffff is 7'],
  ['prctl', condition(0, 'SCMP_CMP_EQ', 22n, 0n, 32), 'option is PR_SET_SECCOMP (22)'],
  ['socketcall', condition(0, 'SCMP_CMP_EQ', 1n, 0n, 32), 'call is SYS_SOCKET (1)', 'x86'],
  ['read', condition(2, 'SCMP_CMP_GT', 0x1000n), 'count is above 0x1000'],
  ['', condition(5, 'SCMP_CMP_EQ', 7n), 'argument 5 is 7'],
])('%s: %o reads %j', (syscall, given, words, arch = 'x86_64') => {
  expect(conditionWords(given, syscall, arch)).toBe(words)
})
