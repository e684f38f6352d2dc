import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probe, verify } from 'seccomp/testing'
import { machine } from './machine.js'

/** Emulation is slow, and slower on a busy machine. */
const timeout = 240_000

test('verify: this kernel enforces docker-default call by call, on each of its architectures', async (context) => {
  const { agrees, questions, differences, architectures } = await verify('docker-default', { timeout })
  for (const each of architectures)
    context.diagnostic(
      `${each.architecture}: ${each.skipped ?? `${each.questions} calls, ${each.perSecond} a second`}`,
    )
  assert.deepEqual(differences, [])
  assert.equal(agrees, true)
  assert.ok(questions > 50_000)
  assert.deepEqual(
    architectures.map(({ architecture }) => architecture),
    machine.arch === 'x86_64' ? ['x86_64', 'x32', 'x86'] : [machine.arch],
  )
  assert.equal(architectures[0].skipped, null)
})

test('probe: real calls end as the profile says', async () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: ['getppid'], action: 'SCMP_ACT_TRACE', errnoRet: 9 },
      { names: ['uname'], action: 'SCMP_ACT_NOTIFY' },
      { names: ['getpgid'], action: 'SCMP_ACT_KILL_PROCESS' },
      { names: ['getsid'], action: 'SCMP_ACT_ERRNO', errno: 'ENOSYS' },
    ],
  }
  const results = await probe(profile, ['getppid', 'uname', 'getpgid', 'getsid', 'getuid'], {
    timeout: 30_000,
  })
  assert.deepEqual(
    results.map(({ outcome }) => outcome.kind),
    ['trace', 'notification', 'signal', 'errno', 'returned'],
  )
})
