import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import { architectures } from '../../lib/syscalls/architectures.ts'
import { errnoName, errnoNames, errnoNumber } from '../../lib/syscalls/errno.ts'

describe('errno', () => {
  test('has the well-known numbers', () => {
    expect(errnoNumber('EPERM')).toBe(1)
    expect(errnoNumber('ENOSYS')).toBe(38)
    expect(errnoName(13)).toBe('EACCES')
    expect(errnoNumber('ENOSUCHTHING')).toBeUndefined()
    expect(errnoName(0)).toBeUndefined()
    expect(errnoName(41)).toBeUndefined()
  })

  test('differs on MIPS, PA-RISC and PowerPC, and on no other architecture', () => {
    expect(errnoNumber('ENOSYS', 'mips')).toBe(89)
    expect(errnoNumber('ENOSYS', 'mipsel64n32')).toBe(89)
    expect(errnoNumber('EDQUOT', 'mips64')).toBe(1133)
    expect(errnoNumber('ENOSYS', 'parisc')).toBe(251)
    expect(errnoName(251, 'parisc64')).toBe('ENOSYS')
    expect(errnoNumber('EDEADLOCK', 'ppc64le')).toBe(58)
    const own = architectures.filter(({ name }) =>
      errnoNames(name).some((error) => errnoNumber(error, name) !== errnoNumber(error)),
    )
    expect(own.map(({ name }) => name).sort()).toEqual(
      architectures
        .map(({ name }) => name)
        .filter((name) => /^(mips|parisc|ppc)/.test(name))
        .sort(),
    )
  })

  test('gives a shared number its usual name', () => {
    expect(errnoNumber('EWOULDBLOCK')).toBe(11)
    expect(errnoName(11)).toBe('EAGAIN')
    expect(errnoName(35)).toBe('EDEADLK')
    expect(errnoNumber('ENOTSUP')).toBe(95)
    expect(errnoName(95)).toBe('EOPNOTSUPP')
    expect(errnoName(253, 'parisc')).toBe('ECANCELED')
  })

  test.each(architectures.map(({ name }) => name))('on %s, every number leads back to itself', (arch) => {
    for (const name of errnoNames(arch)) {
      const number = errnoNumber(name, arch)!
      expect(number).toBeGreaterThan(0)
      expect(number).toBeLessThanOrEqual(4095)
      expect(errnoNumber(errnoName(number, arch)!, arch)).toBe(number)
    }
  })

  const generic =
    process.platform === 'linux' && ['x64', 'arm64', 'ia32', 'arm', 's390x'].includes(process.arch)
  test.skipIf(!generic)(
    `agrees with this machine's own headers${generic ? '' : ' (skipped: not a Linux with the generic numbers)'}`,
    () => {
      for (const [name, number] of Object.entries(constants.errno))
        expect(errnoNumber(name), name).toBe(number)
    },
  )
})
