import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ArchitectureName, architectures } from '../../lib/syscalls/architectures.ts'
import { argumentNames, argumentWidth } from '../../lib/syscalls/arguments.ts'
import { constantArguments } from '../../lib/syscalls/constant-arguments.ts'
import { constantsOf, formatArgument, parseConstant } from '../../lib/syscalls/constants.ts'

const everyArchitecture = architectures.map(({ name }) => name)
const places = constantArguments
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [syscall, ...rest] = line.split(' ')
    return rest.map((each) => ({
      syscall: syscall!,
      argument: each.split(':')[0]!,
      set: each.split(':')[1]!,
    }))
  })

describe('constantsOf', () => {
  test.each<[ArchitectureName, string, number, string, bigint | undefined]>([
    ['x86_64', 'socket', 0, 'AF_VSOCK', 40n],
    ['x86_64', 'socket', 1, 'SOCK_DGRAM', 2n],
    ['mips64', 'socket', 1, 'SOCK_DGRAM', 1n],
    ['parisc', 'socket', 1, 'SOCK_NONBLOCK', 0x40000000n],
    ['x86_64', 'openat', 2, 'O_DIRECT', 0o40000n],
    ['aarch64', 'openat', 2, 'O_DIRECT', 0o200000n],
    ['ppc64le', 'openat', 2, 'O_DIRECT', 0o400000n],
    ['mipsel', 'open', 1, 'O_CREAT', 0x100n],
    ['x86_64', 'ioctl', 1, 'TIOCSTI', 0x5412n],
    ['ppc64', 'ioctl', 1, 'TCGETS', 0x402c7413n],
    ['mips', 'ioctl', 1, 'TIOCSTI', 0x5472n],
    ['sh', 'ioctl', 1, 'TIOCLINUX', 0x4001541cn],
    ['x86_64', 'ioctl', 1, 'FS_IOC_GETFLAGS', 0x80086601n],
    ['x86', 'ioctl', 1, 'FS_IOC_GETFLAGS', 0x80046601n],
    ['x86_64', 'prctl', 0, 'PR_SET_SECCOMP', 22n],
    ['x86_64', 'mmap', 3, 'MAP_ANONYMOUS', 0x20n],
    ['mips64', 'mmap', 3, 'MAP_ANONYMOUS', 0x800n],
    ['parisc64', 'mmap', 3, 'MAP_ANONYMOUS', 0x10n],
    ['aarch64', 'mprotect', 2, 'PROT_BTI', 0x10n],
    ['x86_64', 'mprotect', 2, 'PROT_BTI', undefined],
    ['x86_64', 'mmap', 3, 'MAP_32BIT', 0x40n],
    ['aarch64', 'mmap', 3, 'MAP_32BIT', undefined],
    ['x86_64', 'kill', 1, 'SIGSYS', 31n],
    ['mips', 'kill', 1, 'SIGSYS', 12n],
    ['x86_64', 'ptrace', 0, 'PTRACE_GETREGS', 12n],
    ['aarch64', 'ptrace', 0, 'PTRACE_GETREGS', undefined],
    ['x86_64', 'bpf', 0, 'BPF_PROG_LOAD', 5n],
    ['x86_64', 'keyctl', 0, 'KEYCTL_READ', 11n],
    ['x86_64', 'mount', 3, 'MS_BIND', 4096n],
    ['x86_64', 'madvise', 2, 'MADV_DONTNEED', 4n],
    ['x86', 'fcntl64', 1, 'F_SETLK64', 13n],
    ['mips', 'setsockopt', 1, 'SOL_SOCKET', 0xffffn],
  ])('on %s, %s, argument %i: %s is %s', (arch, syscall, index, name, value) => {
    expect(constantsOf(syscall, index, arch)?.values.get(name)).toBe(value)
  })

  test('finds clone’s flags where each architecture has them', () => {
    expect(constantsOf('clone', 0, 'x86_64')?.values.get('CLONE_NEWUSER')).toBe(0x10000000n)
    for (const arch of ['s390', 's390x'] as const) {
      expect(constantsOf('clone', 0, arch)).toBeUndefined()
      expect(constantsOf('clone', 1, arch)?.values.get('CLONE_NEWUSER')).toBe(0x10000000n)
    }
  })

  test('offers nothing where a call takes a pointer to its arguments', () => {
    for (const arch of ['x86', 'm68k', 's390', 's390x'] as const) {
      expect(constantsOf('mmap', 2, arch)).toBeUndefined()
      expect(constantsOf('mmap', 3, arch)).toBeUndefined()
    }
    expect(constantsOf('mmap2', 3, 's390')).toBeUndefined()
    expect(constantsOf('mmap2', 3, 'x86')?.values.get('MAP_PRIVATE')).toBe(2n)
  })

  test('makes AT_FDCWD as wide as the argument', () => {
    expect(constantsOf('openat', 0, 'x86_64')?.values.get('AT_FDCWD')).toBe(0xffffff9cn)
  })

  test('every place it names exists on an architecture, and has constants there', () => {
    const lost = places.filter(({ syscall, argument }) =>
      everyArchitecture.every((arch) => {
        const index = argumentNames(syscall, arch).indexOf(argument)
        return index < 0 || !constantsOf(syscall, index, arch)
      }),
    )
    expect(lost).toEqual([])
  })

  test('knows no constants for what it doesn’t know', () => {
    expect(constantsOf('no_such_call', 0, 'x86_64')).toBeUndefined()
    expect(constantsOf('read', 0, 'x86_64')).toBeUndefined()
    expect(constantsOf('socket', 5, 'x86_64')).toBeUndefined()
  })
})

describe('formatArgument', () => {
  test.each<[string, number, bigint, string]>([
    ['socket', 0, 40n, 'AF_VSOCK (40)'],
    ['socket', 0, 1n, 'AF_UNIX (1)'],
    ['socket', 0, 99n, '99'],
    ['socket', 1, 0x80801n, 'SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK (0x80801)'],
    ['socket', 2, 6n, '6'],
    ['clone', 0, 0x10000011n, 'CLONE_NEWUSER|SIGCHLD (0x10000011)'],
    ['clone', 0, 0x11n, 'SIGCHLD (17)'],
    ['clone', 0, 0n, '0'],
    ['clone', 1, 0x10000000n, '0x10000000'],
    ['unshare', 0, 0x80n, 'CLONE_NEWTIME (128)'],
    ['openat', 0, 0xffffff9cn, 'AT_FDCWD (-100)'],
    ['openat', 0, 0xffffffffffffff9cn, 'AT_FDCWD (-100)'],
    ['openat', 2, 0n, 'O_RDONLY (0)'],
    ['openat', 2, 0o102n, 'O_RDWR|O_CREAT (0x42)'],
    ['openat', 2, 0x80000n, 'O_RDONLY|O_CLOEXEC (0x80000)'],
    ['openat', 2, 0x101000n, 'O_RDONLY|O_SYNC (0x101000)'],
    ['openat', 2, 0x40000040n, 'O_RDONLY|O_CREAT|0x40000000 (0x40000040)'],
    ['openat', 2, 0x40000000n, '0x40000000'],
    ['mmap', 2, 3n, 'PROT_READ|PROT_WRITE (0x3)'],
    ['mmap', 3, 0x22n, 'MAP_PRIVATE|MAP_ANONYMOUS (0x22)'],
    ['futex', 1, 129n, 'FUTEX_WAKE|FUTEX_PRIVATE_FLAG (0x81)'],
    ['personality', 0, 0n, 'PER_LINUX (0)'],
    ['personality', 0, 8n, 'PER_LINUX32 (8)'],
    ['personality', 0, 0x20008n, 'UNAME26|PER_LINUX32 (0x20008)'],
    ['personality', 0, 0x4100001n, 'PER_SVR4 (0x4100001)'],
    ['personality', 0, 0xffffffffn, '0xffffffff'],
    ['ioctl', 1, 0x5412n, 'TIOCSTI (0x5412)'],
    ['ioctl', 1, 0x100005412n, 'TIOCSTI (0x100005412)'],
    ['seccomp', 0, 1n, 'SECCOMP_SET_MODE_FILTER (1)'],
    ['read', 2, 4096n, '0x1000'],
  ])('%s, argument %i: %s is %s', (syscall, index, value, text) => {
    expect(formatArgument(syscall, index, value, 'x86_64')).toBe(text)
  })

  test('reads a number with the names of the architecture', () => {
    expect(formatArgument('socket', 1, 1n, 'mips64')).toBe('SOCK_DGRAM (1)')
    expect(formatArgument('openat', 2, 0x10000n, 'aarch64')).toBe('O_RDONLY|O_DIRECT (0x10000)')
  })
})

describe('parseConstant', () => {
  test.each<[string, bigint | undefined]>([
    ['AF_VSOCK', 40n],
    ['AF_LOCAL', 1n],
    ['0x28', 40n],
    ['-1', -1n],
    ['af_vsock', undefined],
    ['SOCK_STREAM', undefined],
    ['AF_UNIX|', undefined],
    ['', undefined],
  ])('reads %j as %s', (text, value) => {
    expect(parseConstant(text, 'socket', 0, 'x86_64')).toBe(value)
  })

  test('ORs names and numbers', () => {
    expect(parseConstant('CLONE_NEWUSER|CLONE_NEWNS', 'unshare', 0, 'x86_64')).toBe(0x10020000n)
    expect(parseConstant('O_RDWR | 0x40', 'openat', 2, 'x86_64')).toBe(0x42n)
  })

  test('reads back every value that formatArgument names', () => {
    const arbitrary = fc.record({
      place: fc.constantFrom(...places),
      arch: fc.constantFrom(...everyArchitecture),
      bits: fc.array(fc.nat(31), { maxLength: 4 }),
      small: fc.nat(64),
    })
    fc.assert(
      fc.property(arbitrary, ({ place: { syscall, argument }, arch, bits, small }) => {
        const index = argumentNames(syscall, arch).indexOf(argument)
        if (index < 0) return
        const value = bits.reduce((all, bit) => all | (1n << BigInt(bit)), BigInt(small))
        const text = formatArgument(syscall, index, value, arch).replace(/ \(.*\)$/, '')
        expect(parseConstant(text, syscall, index, arch)).toBe(value)
      }),
    )
  })

  test('every constant reads back as itself, and its value has a name that means it', () => {
    for (const arch of everyArchitecture)
      for (const { syscall, argument } of places) {
        const index = argumentNames(syscall, arch).indexOf(argument)
        const known = index < 0 ? undefined : constantsOf(syscall, index, arch)
        for (const [name, value] of known?.values ?? []) {
          expect(parseConstant(name, syscall, index, arch)).toBe(value)
          expect(value).toBe(BigInt.asUintN(argumentWidth(syscall, index, arch), value))
        }
      }
  })
})
