import { describe, expect, test } from 'vitest'
import { parseSecurityOptions } from '../../lib/cli/security-options.ts'

describe('parseSecurityOptions', () => {
  test.each([
    [[], undefined, false],
    [['seccomp=profile.json'], 'profile.json', false],
    [['seccomp:profile.json'], 'profile.json', false],
    [['seccomp=C:\\a=b.json'], 'C:\\a=b.json', false],
    [['seccomp=unconfined'], 'unconfined', false],
    [['seccomp=builtin'], 'docker-default', false],
    [['no-new-privileges'], undefined, true],
    [['no-new-privileges:true', 'seccomp=p'], 'p', true],
    [['seccomp=p', 'seccomp=p'], 'p', false],
  ])('reads %j', (options, profile, noNewPrivileges) => {
    expect(parseSecurityOptions(options)).toEqual({ profile, noNewPrivileges })
  })

  test.each([
    [['apparmor=unconfined'], /seccomp=PROFILE and no-new-privileges/],
    [['seccomp'], /seccomp=PROFILE/],
    [['seccomp='], /seccomp=PROFILE/],
    [[''], /seccomp=PROFILE/],
    [['no-new-privileges=false'], /can not be switched off/],
    [['seccomp=a', 'seccomp=b'], /two profiles/],
  ])('refuses %j', (options, message) => {
    expect(() => parseSecurityOptions(options)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringMatching(message) }),
    )
  })
})
