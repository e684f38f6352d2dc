import { describe, expect, test } from 'vitest'
import { profileFromCalls, type SeenCall } from '../../lib/audit/learn.ts'
import { compile } from '../../lib/filter/compile.ts'
import { parseCall } from '../../lib/inspect/call.ts'
import { simulate } from '../../lib/inspect/simulate.ts'
import { formatVerdict } from '../../lib/policy/format.ts'
import { errno } from '../../lib/profile/build.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import type { Profile } from '../../lib/profile/types.ts'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'

const on = (arch: ArchitectureName, ...names: string[]): SeenCall[] => names.map((name) => ({ name, arch }))

/** What a compiled profile answers. */
const asker = (profile: Profile, arch: ArchitectureName = 'x86_64') => {
  const filter = compile(profile, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
  return (name: string, ...args: string[]): string =>
    formatVerdict(simulate(filter, parseCall(name, args, arch)).verdict, arch)
}

describe('an allow-list', () => {
  const { profile, added } = profileFromCalls(on('x86_64', 'read', 'openat', 'io_uring_setup'))
  const ask = asker(profile)

  test('allows what was seen, and what every program needs', () => {
    for (const name of ['read', 'openat', 'execve', 'exit_group', 'rt_sigreturn', 'restart_syscall', 'brk'])
      expect(ask(name)).toBe('ALLOW')
  })

  test('denies everything else, and says ENOSYS where libraries know another way', () => {
    expect(ask('socket')).toBe('ERRNO(EPERM)')
    expect(ask('ptrace')).toBe('ERRNO(EPERM)')
    expect(ask('clone3')).toBe('ERRNO(ENOSYS)')
    expect(asker(profile, 'x86')('read')).toBe('KILL_PROCESS')
  })

  test('says why of each call that nobody was seen making', () => {
    const rules = profile.syscalls.filter(({ comment }) => comment !== 'seen')
    expect(rules.every(({ comment }) => /^not seen: .+/.test(comment ?? ''))).toBe(true)
    expect(added.flatMap(({ names }) => names)).toContain('restart_syscall')
    expect(added.flatMap(({ names }) => names)).not.toContain('set_tls')
  })

  test('is a document that can be read again', () => {
    expect(parseProfileText(formatProfile(profile))).toEqual(profile)
  })

  test('names the architectures that were seen, and none where a log does not tell', () => {
    const mixed = profileFromCalls([...on('x86_64', 'read'), ...on('x86', 'socketcall', 'sigreturn')]).profile
    expect(mixed.architectures).toEqual(['SCMP_ARCH_X86', 'SCMP_ARCH_X86_64'])
    expect(asker(mixed, 'x86')('set_thread_area')).toBe('ALLOW')
    expect(profileFromCalls([{ name: 'read' }]).profile.architectures).toBeUndefined()
  })

  test('takes another default; ENOSYS is for errors only', () => {
    const killing = profileFromCalls(on('x86_64', 'read'), { default: 'SCMP_ACT_KILL_PROCESS' }).profile
    expect(asker(killing)('socket')).toBe('KILL_PROCESS')
    expect(killing.syscalls.every(({ action }) => action === 'SCMP_ACT_ALLOW')).toBe(true)
    expect(
      asker(profileFromCalls(on('x86_64', 'read'), { default: errno('EACCES') }).profile)('socket'),
    ).toBe('ERRNO(EACCES)')
  })

  test('needs a call, and a name for each', () => {
    expect(() => profileFromCalls([])).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }))
    const unnamed: SeenCall = { number: 1008, arch: 'x86_64' }
    expect(profileFromCalls([...on('x86_64', 'read'), unnamed]).unnamed).toEqual([unnamed])
  })
})

describe('a base', () => {
  const base = parseProfile(dockerDefault)

  test('is opened for what it denies, and left alone otherwise', () => {
    const { profile, conditional, added } = profileFromCalls(
      on('x86_64', 'read', 'mount', 'socket', 'clone'),
      { base },
    )
    const [ask, docker] = [asker(profile), asker(base)]
    expect(docker('mount')).toBe('ERRNO(EPERM)')
    expect(ask('mount')).toBe('ALLOW')
    expect(ask('read')).toBe('ALLOW')
    // Its own conditions hold: AF_VSOCK and new user namespaces stay closed.
    expect(conditional).toEqual(['clone', 'socket'])
    for (const [name, ...args] of [['socket', '40'], ['clone', '0x10000000'], ['ptrace'], ['clone3']])
      expect(ask(name!, ...args)).toBe(docker(name!, ...args))
    expect(added).toEqual([])
  })

  test('that lacks what programs need gets it', () => {
    const narrow: Profile = {
      defaultAction: 'SCMP_ACT_KILL_PROCESS',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', args: [] }],
    }
    const ask = asker(profileFromCalls(on('x86_64', 'write'), { base: narrow }).profile)
    expect([ask('read'), ask('write'), ask('exit_group'), ask('socket')]).toEqual([
      'ALLOW',
      'ALLOW',
      'ALLOW',
      'KILL_PROCESS',
    ])
  })

  test('says which architectures it keeps closed, and takes no second default', () => {
    const native: Profile = { ...base, architectures: ['SCMP_ARCH_X86_64'] }
    delete (native as { archMap?: unknown }).archMap
    expect(profileFromCalls(on('x86', 'read'), { base: native }).closed).toEqual(['x86'])
    expect(profileFromCalls(on('x86', 'read'), { base }).closed).toEqual([])
    expect(() => profileFromCalls(on('x86', 'read'), { base, default: 'SCMP_ACT_TRAP' })).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE' }),
    )
  })
})
