import { accessSync, constants } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ProbeCall, type ProbeResult, probe } from '../../lib/testing/probe.ts'
import { canFilter } from './victims.ts'

/** Everything is allowed but getppid, which gets this. */
const answering = (action: string, more: object = {}): object => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['getppid', 'reboot'], action: `SCMP_ACT_${action}`, ...more }],
})

const one = async (profile: object | string, call: ProbeCall, options: object = {}): Promise<ProbeResult> => {
  const [result] = await probe(profile, [call], { timeout: 20_000, ...options })
  return result!
}

const readsLog = ((): boolean => {
  try {
    accessSync('/dev/kmsg', constants.R_OK)
    return process.getuid!() === 0
  } catch {
    return false
  }
})()
if (canFilter && !readsLog) console.log("skipped: lines of the kernel's log, which can't be read here")

describe.runIf(canFilter)('probe tells apart', () => {
  test('what a call returns', async () => {
    const { outcome, name } = await one('docker-default', 'getpid')
    expect(name).toBe('getpid')
    expect(outcome).toEqual({ kind: 'returned', value: expect.any(BigInt) })
  })

  test('the filter’s errno', async () => {
    expect((await one(answering('ERRNO', { errnoRet: 4000 }), 'getppid')).outcome).toEqual({
      kind: 'errno',
      errno: 'E4000',
      number: 4000,
      by: 'filter',
    })
  })

  test('the same errno from the filter and from the kernel', async () => {
    const unshare = { call: 'unshare', args: ['CLONE_NEWUTS'] }
    // Docker's filter refuses it for want of CAP_SYS_ADMIN; a bad argument the kernel refuses by itself.
    const denied = await one('docker-default', unshare, { capabilities: 'none' })
    expect(denied.outcome).toMatchObject({ kind: 'errno', errno: 'EPERM', by: 'filter' })
    const bad = await one(answering('ERRNO', { errnoRet: 22 }), { call: 'dup3', args: [0, 0, 0] })
    expect(bad.outcome).toMatchObject({ kind: 'errno', errno: 'EINVAL', by: 'elsewhere' })
  })

  test.each(['KILL_PROCESS', 'KILL_THREAD'])('%s', async (action) => {
    const { outcome, log } = await one(answering(action), 'getppid', { as: 'runc' })
    expect(outcome).toEqual({ kind: 'signal', signal: 'SIGSYS', by: 'filter' })
    if (log !== undefined) expect(log).toMatch(/type=1326 .*sig=31/)
  })

  test('TRAP', async () => {
    expect((await one(answering('TRAP'), 'getppid')).outcome).toEqual({ kind: 'trap', data: 0 })
  })

  test('TRACE, by what a tracer gets', async () => {
    expect((await one(answering('TRACE', { errnoRet: 77 }), 'getppid')).outcome).toEqual({
      kind: 'trace',
      data: 77,
    })
  })

  test('NOTIFY, by what a supervisor gets', async () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['socket'], action: 'SCMP_ACT_NOTIFY' }],
    }
    expect((await one(profile, { call: 'socket', args: [1, 2n, '0x3'] })).outcome).toEqual({
      kind: 'notification',
      args: [1n, 2n, 3n, 0n, 0n, 0n],
    })
  })

  test('LOG, by the line in the kernel’s log where that can be read', async () => {
    const { outcome, log } = await one(answering('LOG'), 'getppid')
    expect(outcome.kind).toBe('returned')
    // The kernel drops lines when others have written ten in five seconds.
    if (log !== undefined) expect(log).toMatch(/type=1326 .*sig=0 .*code=0x7ffc0000/)
  })

  test('a call that doesn’t return', async () => {
    expect((await one('docker-default', 'pause', { timeout: 300 })).outcome).toEqual({ kind: 'hang' })
  })

  test('a call that ends the process', async () => {
    const exit = { call: 'exit_group', args: [7] }
    expect((await one('docker-default', exit)).outcome).toEqual({ kind: 'exit', code: 7 })
  })
})

describe.runIf(canFilter)('probe', () => {
  test('refuses what may do something to the machine, and says what the kernel would answer', async () => {
    for (const call of ['reboot', 'kill', 'umount2', 'sethostname', 'mount', '#400', '#9999']) {
      const { outcome } = await one({ defaultAction: 'SCMP_ACT_ALLOW' }, call)
      expect(outcome).toEqual({ kind: 'refused', reason: expect.stringContaining('the kernel says ALLOW') })
    }
  })

  test('makes such a call when it is forced to, under the filter', async () => {
    // The second argument is no magic number: should the filter let it through, the kernel answers EINVAL.
    const call = { call: 'reboot', args: [0xfee1deadn, 1n, 0n] }
    const { outcome } = await one(answering('ERRNO', { errnoRet: 4001 }), call, { force: true })
    expect(outcome).toMatchObject({ kind: 'errno', number: 4001, by: 'filter' })
  })

  test('takes no call, no option and no time that is none, before any call is made', async () => {
    const allow = { defaultAction: 'SCMP_ACT_ALLOW' }
    const calls: unknown[] = [
      [{}],
      [null],
      [7],
      [{ call: 'getpid', args: 1 }],
      'getpid',
      ['getpid', 'getpidd'],
    ]
    for (const each of calls)
      await expect(probe(allow, each as string[])).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(USAGE|UNKNOWN_NAME)$/),
      })
    for (const options of [{ timout: 5 }, { timeout: -1 }, { timeout: 2 ** 31 }, { timeout: '5' }])
      await expect(probe(allow, ['getpid'], options as object)).rejects.toMatchObject({ code: 'ERR_USAGE' })
  })

  test('hands bytes over as a pointer', async () => {
    const call = {
      call: 'readlinkat',
      args: ['AT_FDCWD', Buffer.from('/proc/self/exe'), new Uint8Array(256), 256],
    }
    const { outcome } = await one('docker-default', call)
    expect(outcome).toMatchObject({ kind: 'returned' })
    expect(Number((outcome as { value: bigint }).value)).toBeGreaterThan(5)
  })

  test.runIf(process.arch === 'x64')('makes calls of x32 and, where there are any, of i386', async () => {
    const [x32, x86] = await probe(answering('ERRNO', { errnoRet: 4000 }), [
      { call: 'getppid', arch: 'x32' },
    ]).then(async (results) => [
      results[0]!,
      await one(answering('ERRNO', { errnoRet: 4000 }), { call: 'getppid', arch: 'x86' }).catch(
        (error) => error,
      ),
    ])
    // Neither is in the profile's list of architectures.
    expect(x32!.outcome).toEqual({ kind: 'signal', signal: 'SIGSYS', by: 'filter' })
    if (x86 instanceof Error) console.log(`skipped: a call of i386, because ${x86.message}`)
    else expect(x86!.outcome).toEqual({ kind: 'signal', signal: 'SIGSYS', by: 'filter' })
  })

  test('refuses calls of architectures that this machine doesn’t run', async () => {
    await expect(one('docker-default', { call: 'getpid', arch: 's390x' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    })
    await expect(one('docker-default', 'no_such_call')).rejects.toMatchObject({ code: 'ERR_UNKNOWN_NAME' })
  })
})
