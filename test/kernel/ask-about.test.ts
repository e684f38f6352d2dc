import { describe, expect, test } from 'vitest'
import { op, type Program } from '../../lib/bpf/instruction.ts'
import { ALLOW } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/kernel/compile.ts'
import { hostTarget } from '../../lib/kernel/host.ts'
import { confirmedByKernel } from '../../lib/testing/ask-about.ts'
import { checkCalls, type Outcome, samples } from '../../lib/testing/check-calls.ts'
import { parseExpectedVerdict } from '../../lib/testing/expected-verdict.ts'
import { explainOutcome } from '../../lib/testing/explain-outcome.ts'
import { subjectOf } from '../../lib/testing/subject.ts'
import '../../lib/testing/vitest.ts'
import { scratch } from '../cli/scratch.ts'
import { seccomp } from '../cli/seccomp.ts'
import { canFilter } from './victims.ts'

const kernel = { kernel: true }

describe.runIf(canFilter)('with kernel, expectations', () => {
  test('hold where the kernel agrees, for calls that would end the machine too', async () => {
    await expect('docker-default').toDeny('reboot', [], { ...kernel, errno: 'EPERM' })
    await expect('docker-default').toAllow('exit_group', [], kernel)
    await expect('docker-default').toAllow('socket', ['AF_INET'], kernel)
    await expect('docker-default').toDeny('clone', [{ set: 'CLONE_NEWUSER' }], kernel)
    const strict = {
      defaultAction: 'SCMP_ACT_KILL_PROCESS',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }],
    }
    await expect(strict).toKill('write', [], kernel)
    await expect([compile(strict), compile('docker-default')]).toKill('write', [], kernel)
  })

  test('fail where the filter in force is not what it should be', async () => {
    const subject = subjectOf({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['reboot'], action: 'SCMP_ACT_ERRNO' }],
    })
    const all = [...samples(subject.policies, { call: 'reboot', args: [] })]
    const outcome = checkCalls(subject.policies, all, parseExpectedVerdict('denied'))
    const ask = async (programs: readonly Program[]): Promise<Outcome> =>
      (await confirmedByKernel({ ...subject, programs }, [{ outcome, samples: all }]))[0]!
    expect(await ask(subject.programs)).toEqual(outcome)
    const broken = subject.programs.map((program) =>
      program.map((each) => (each.code === op.RET_K ? { ...each, k: ALLOW } : each)),
    )
    const refuted = await ask(broken)
    expect(refuted.holds).toBe(false)
    expect(explainOutcome(refuted, subject).slice(0, 2)).toEqual([
      expect.stringMatching(/^reboot\(.*gets ERRNO\(EPERM\)$/),
      'this kernel answers ALLOW instead',
    ])
  })

  test('of another machine are refused', async () => {
    const arch = hostTarget().arch === 'aarch64' ? 'x86_64' : 'aarch64'
    const elsewhere = { ...kernel, target: { arch, kernel: '6.1', capabilities: 'docker' as const } }
    await expect(expect('docker-default').toDeny('reboot', [], elsewhere)).rejects.toThrow(
      /can be asked about/,
    )
  })

  test('of a file are asked all at once', async () => {
    const text =
      'expect: [{ call: [reboot, mount], verdict: ERRNO(EPERM) }, { call: [exit_group, read], verdict: ALLOW }]'
    const cwd = scratch({ 'e.yaml': text })
    const { code, stdout } = await seccomp(['test', 'docker-default', 'e.yaml', '--ask-kernel'], { cwd })
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^4 expectations hold; this kernel was asked as well\n/),
    })
  })
})
