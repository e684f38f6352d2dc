import { describe, expect, test } from 'vitest'
import { argumentNames, argumentWidth } from '../../lib/syscalls/arguments.ts'
import { signatures } from '../../lib/syscalls/generated/arguments.ts'
import { isKnownSyscall } from '../../lib/syscalls/numbers.ts'

const widths = (name: string, arch?: Parameters<typeof argumentWidth>[2]): (32 | 64)[] =>
  [0, 1, 2, 3, 4, 5].map((index) => argumentWidth(name, index, arch))

describe('argument widths', () => {
  test('are 32 where the kernel declares an int', () => {
    expect(widths('socket')).toEqual([32, 32, 32, 64, 64, 64])
    expect(widths('ioctl')).toEqual([32, 32, 64, 64, 64, 64])
    expect(widths('fcntl')).toEqual([32, 32, 64, 64, 64, 64])
    expect(widths('prctl')).toEqual([32, 64, 64, 64, 64, 64])
    expect(widths('kill')).toEqual([32, 32, 64, 64, 64, 64])
    expect(widths('openat')).toEqual([32, 64, 32, 32, 64, 64])
    expect(widths('setuid')[0]).toBe(32)
  })

  test('are 64 for longs, sizes and pointers', () => {
    expect(widths('mmap')).toEqual([64, 64, 64, 64, 64, 64])
    expect(widths('clone')).toEqual([64, 64, 64, 64, 64, 64])
    expect(widths('ptrace')).toEqual([64, 64, 64, 64, 64, 64])
    expect(widths('read')).toEqual([32, 64, 64, 64, 64, 64])
    expect(widths('unshare')).toEqual([64, 64, 64, 64, 64, 64])
  })

  test('are 64 for what nobody knows', () => {
    expect(widths('no_such_call')).toEqual([64, 64, 64, 64, 64, 64])
    expect(widths('constructor')).toEqual([64, 64, 64, 64, 64, 64])
    expect(argumentWidth('socket', 6)).toBe(64)
    expect(argumentWidth('create_module', 0)).toBe(64)
  })

  test('follow the entry point, not the name: fstat is newfstat, sendfile is sendfile64', () => {
    expect(argumentNames('fstat')).toEqual(['fd', 'statbuf'])
    expect(widths('fstat').slice(0, 2)).toEqual([32, 64])
    expect(argumentNames('sendfile')).toEqual(['out_fd', 'in_fd', 'offset', 'count'])
    expect(argumentNames('umount2')).toEqual(['name', 'flags'])
  })

  test('depend on the architecture, and without one only a unanimous 32 counts', () => {
    expect(argumentWidth('personality', 0, 'x86_64')).toBe(32)
    expect(argumentWidth('personality', 0, 'aarch64')).toBe(32)
    expect(argumentWidth('personality', 0, 'ppc64le')).toBe(64)
    expect(argumentWidth('personality', 0)).toBe(64)
    expect(argumentWidth('pipe2', 1, 'x86_64')).toBe(32)
    expect(argumentWidth('pipe2', 1, 'parisc64')).toBe(64)
  })

  test('are 32 on 32-bit registers, and x86_64’s on x32', () => {
    expect(argumentWidth('mmap2', 0, 'arm')).toBe(32)
    expect(argumentWidth('mmap', 0, 'x32')).toBe(64)
    expect(argumentWidth('socket', 0, 'x32')).toBe(32)
  })

  test('are of calls that exist, six at most, each with a name', () => {
    for (const line of signatures.split('\n')) {
      const [key, ...args] = line.split(' ')
      expect(isKnownSyscall(key!.split('@')[0]!), line).toBe(true)
      expect(args.length).toBeLessThanOrEqual(6)
      for (const arg of args) expect(arg, line).toMatch(/^[a-z]\w*(:32)?$/i)
    }
  })
})

describe('argument names', () => {
  test('are the kernel’s', () => {
    expect(argumentNames('socket')).toEqual(['family', 'type', 'protocol'])
    expect(argumentNames('getpid')).toEqual([])
    expect(argumentNames('no_such_call')).toEqual([])
  })

  test('keep the four orders of clone apart', () => {
    expect(argumentNames('clone')).toEqual(['clone_flags', 'newsp', 'parent_tidptr', 'child_tidptr', 'tls'])
    expect(argumentNames('clone', 'aarch64')).toEqual([
      'clone_flags',
      'newsp',
      'parent_tidptr',
      'tls',
      'child_tidptr',
    ])
    expect(argumentNames('clone', 's390x')[0]).toBe('newsp')
  })
})
