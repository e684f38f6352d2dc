import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import '../../lib/testing/vitest.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'
import { target, web } from './profiles.ts'

const profile = parseProfileText(web, { source: 'web.json' })
const here = { target }

/** What a failing matcher says. */
const reason = async (matching: Promise<void>): Promise<string> => {
  const error = await matching.then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  if (!error) throw new Error('the matcher held')
  return error.message
}

describe('toDeny, toAllow, toKill', () => {
  test('hold for every call of a name, whatever its arguments', async () => {
    await expect(profile).toDeny('mount', [], here)
    await expect(profile).toAllow('read', [], here)
    await expect(profile).toKill('ptrace', [], here)
  })

  test('hold for some arguments, the others being any', async () => {
    await expect(profile).toAllow('socket', [2], here)
    await expect(profile).toDeny('socket', [16, null, 5], { ...here, errno: 'EPERM' })
    await expect('docker-default').toDeny('clone', [{ set: 'CLONE_NEWUSER' }], here)
    await expect('docker-default').not.toDeny('clone', [{ clear: 0x10000000 }], here)
  })

  test('are turned round by not', async () => {
    await expect(profile).not.toAllow('socket', [], here)
    await expect(profile).not.toDeny('socket', [], here)
    await expect(profile).not.toKill('mount', [], here)
  })

  test('take a preset, a document, a filter, and filters that stack', async () => {
    const filter = compile(profile, target)
    await expect('docker-default').toDeny('mount', [], { ...here, errno: 'EPERM' })
    await expect({ defaultAction: 'SCMP_ACT_LOG', syscalls: [] }).toAllow('mount', [], here)
    await expect(filter).toAllow('read')
    await expect([filter, compile('docker-default', target)]).toDeny('getpid')
    await expect([filter, compile('docker-default', target)]).toAllow('read')
  })

  test('look at every architecture of the profile, or at one', async () => {
    const onX86 = { ...JSON.parse(web), syscalls: [{ names: ['vm86'], action: 'SCMP_ACT_ALLOW' }] }
    await expect(onX86).toAllow('vm86', [], here)
    await expect(profile).toKill('read', [], { ...here, arch: 'aarch64' })
    await expect(profile).toAllow('read', [], { ...here, arch: 'x86' })
  })

  test('count all calls that the kernel takes for the same one', async () => {
    await expect('docker-default').toDeny('socket', ['AF_VSOCK'], here)
    const message = await reason(
      expect('docker-default').toDeny('socket', [40], { target: { ...target, as: 'runc' } }),
    )
    expect(message).toContain(
      'socket(family=AF_VSOCK (0x100000028), type=0, protocol=0) on x86_64 gets ALLOW',
    )
    expect(message).toContain('reads 32 bits of argument 0, so to it that is 0x28')
  })
})

describe('a failure', () => {
  test('shows a call, its verdict, and the rule that decided with its place', async () => {
    expect(await reason(expect(profile).toDeny('read', [], { ...here, errno: 'EPERM' }))).toBe(
      `expected web.json to answer EPERM to read
read(fd=0, buf=0, count=0) on x86_64 gets ALLOW
decided by web.json:3:3 /syscalls/0`,
    )
  })

  test('shows the first arguments that are let through, and for which the rule is', async () => {
    const message = await reason(expect(profile).toDeny('socket', [], here))
    expect(message).toContain('socket(family=AF_INET (2), type=0, protocol=0) on x86_64 gets ALLOW')
    expect(message).toContain('decided by web.json:4:3 /syscalls/1, because family is AF_INET (2)')
  })

  test('names rules that were meant but are for other arguments, or not in force', async () => {
    expect(await reason(expect(profile).toAllow('socket', [40], here))).toContain(
      'not by web.json:4:3 /syscalls/1 (ALLOW): its conditions do not hold; it applies if family is AF_INET (2)',
    )
    expect(await reason(expect(profile).toAllow('mount', [], here))).toContain(
      'not by web.json:6:3 /syscalls/3 (ALLOW): needs CAP_SYS_ADMIN',
    )
  })

  test('of not says which rule made it true', async () => {
    const message = await reason(expect(profile).not.toKill('ptrace', [], here))
    expect(message).toContain('expected web.json not to kill for ptrace')
    expect(message).toContain('decided by web.json:5:3 /syscalls/2')
    // And which would have made it false.
    expect(await reason(expect(profile).not.toDeny('mount', [], here))).toContain(
      'not by web.json:6:3 /syscalls/3 (ALLOW): needs CAP_SYS_ADMIN',
    )
  })
})

describe('a test that says nothing is refused', () => {
  test.each([
    [
      'an unknown call',
      () => expect(profile).toDeny('mnt', [], here),
      /no system call is named "mnt".*mount/,
    ],
    [
      'an unknown error',
      () => expect(profile).toDeny('mount', [], { ...here, errno: 'EPREM' }),
      /did you mean "EPERM"/,
    ],
    [
      'a misspelt option',
      () => expect(profile).toDeny('mount', [], { erno: 1 } as object),
      /did you mean "errno"/,
    ],
    [
      'an unknown constant',
      () => expect(profile).toDeny('socket', ['AF_VSOK'], here),
      /did you mean "AF_VSOCK"/,
    ],
    ['a fraction', () => expect(profile).toDeny('mount', [0.5], here), /write an integer/],
    ['seven arguments', () => expect(profile).toDeny('mount', Array(7).fill(0), here), /at most 6/],
    [
      'a bit both set and clear',
      () => expect(profile).toDeny('clone', [{ set: 1, clear: 1 }], here),
      /both set and clear/,
    ],
    [
      'a call that the architectures lack',
      () => expect(profile).toDeny('s390_runtime_instr', [], here),
      /none of the profile's architectures/,
    ],
    [
      'a target for a filter',
      () => expect(compile(profile, target)).toDeny('mount', [], here),
      /compiled already/,
    ],
    ['no profile', () => expect(7).toDeny('mount', [], here), /not 7/],
  ])('%s', async (_, match, message) => {
    expect(await reason(match())).toMatch(message)
    // Nor does it pass when it is turned round.
  })

  test('under not as well', async () => {
    await expect(expect(profile).not.toDeny('mnt', [], here)).rejects.toThrow(/"mnt"/)
  })
})
