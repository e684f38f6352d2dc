import { describe, expect, test } from 'vitest'
import { parseCall } from '../../lib/inspect/call.ts'

const refused = (code: string, message: RegExp): object =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })

describe('parseCall', () => {
  test('takes a name and gives the words that the kernel shows a filter', () => {
    expect(parseCall('socket', ['40', '0x1'], 'x86_64')).toEqual({
      arch: 0xc000003e,
      nr: 41,
      args: [40n, 1n, 0n, 0n, 0n, 0n],
      instructionPointer: 0n,
    })
  })

  test('takes numbers in each spelling', () => {
    for (const text of ['41', '0x29', '#41']) expect(parseCall(text, [], 'x86_64').nr).toBe(41)
    expect(parseCall('0xffffffff', [], 'x86_64').nr).toBe(0xffffffff)
  })

  test('gives x32 its bit', () => {
    expect(parseCall('read', [], 'x32').nr).toBe(0x40000000)
  })

  test('makes negative arguments 64-bit two’s complement', () => {
    expect(parseCall('close', ['-1'], 'x86_64').args[0]).toBe(0xffffffffffffffffn)
    expect(parseCall('close', ['-0x8000000000000000'], 'x86_64').args[0]).toBe(0x8000000000000000n)
    expect(parseCall('close', ['18446744073709551615'], 'x86_64').args[0]).toBe(0xffffffffffffffffn)
    expect(parseCall('close', [7n], 'x86_64').args[0]).toBe(7n)
  })

  test('asks whether another name was meant', () => {
    expect(() => parseCall('opne', [], 'x86_64')).toThrow(refused('ERR_UNKNOWN_NAME', /did you mean "open"/))
    expect(() => parseCall('zzzzzz', [], 'x86_64')).toThrow(refused('ERR_UNKNOWN_NAME', /name or its number/))
  })

  test('says so when only other architectures have the call', () => {
    expect(() => parseCall('open', [], 'aarch64')).toThrow(
      refused('ERR_UNKNOWN_NAME', /aarch64 has no system call open/),
    )
  })

  test('takes the names of constants, with the values of the architecture', () => {
    const args = (name: string, ...texts: string[]): bigint[] => [...parseCall(name, texts, 'x86_64').args]
    expect(args('socket', 'AF_VSOCK', 'SOCK_STREAM|SOCK_CLOEXEC')).toEqual([40n, 0x80001n, 0n, 0n, 0n, 0n])
    expect(args('clone', 'CLONE_NEWUSER|SIGCHLD')[0]).toBe(0x10000011n)
    expect(args('openat', 'AT_FDCWD')[0]).toBe(0xffffff9cn)
    expect(parseCall('socket', ['AF_INET', 'SOCK_DGRAM'], 'mips').args[1]).toBe(1n)
    expect(parseCall('#41', ['AF_VSOCK'], 'x86_64').args[0]).toBe(40n)
  })

  test('asks whether another constant was meant, and knows which argument takes which', () => {
    expect(() => parseCall('socket', ['AF_VSOK'], 'x86_64')).toThrow(refused('ERR_USAGE', /mean "AF_VSOCK"/))
    expect(() => parseCall('socket', ['0', 'SOCK_STRM'], 'x86_64')).toThrow(
      refused('ERR_USAGE', /"SOCK_STREAM"/),
    )
  })

  test.each([
    ['a word', ['VSOCK?'], /write an integer/],
    ['nothing', [''], /write an integer/],
    ['a fraction', ['1.5'], /write an integer/],
    ['65 bits', ['0x10000000000000000'], /64 bits/],
    ['too negative', ['-9223372036854775809'], /64 bits/],
    ['seven', ['1', '2', '3', '4', '5', '6', '7'], /at most 6/],
  ])('refuses %s as arguments', (_, args, message) => {
    expect(() => parseCall('socket', args, 'x86_64')).toThrow(refused('ERR_USAGE', message))
  })

  test('takes numbers, too, as long as they are exact', () => {
    expect(parseCall('socket', [40, -1], 'x86_64').args.slice(0, 2)).toEqual([40n, 0xffffffffffffffffn])
    for (const bad of [1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
      expect(() => parseCall('socket', [bad], 'x86_64')).toThrow(refused('ERR_USAGE', /as a bigint/))
  })

  test('refuses what is no call, from JavaScript too', () => {
    const call = parseCall as (...args: unknown[]) => unknown
    for (const bad of [undefined, null, 41, {}, Symbol('read')])
      expect(() => call(bad, [], 'x86_64')).toThrow(refused('ERR_USAGE', /a call is a text/))
    for (const bad of [undefined, null, 40, 'AF_VSOCK'])
      expect(() => call('socket', bad, 'x86_64')).toThrow(refused('ERR_USAGE', /are a list/))
    for (const bad of [undefined, null, {}, true, Symbol('x')])
      expect(() => call('socket', [bad], 'x86_64')).toThrow(refused('ERR_USAGE', /write an integer/))
    expect(() => call('socket', [], undefined)).toThrow(refused('ERR_TARGET_INVALID', /is a text/))
    expect(() => call('socket', [], 'x86_63')).toThrow(refused('ERR_TARGET_INVALID', /mean "x86_64"/))
  })

  test('refuses a number of more than 32 bits', () => {
    expect(() => parseCall('0x100000000', [], 'x86_64')).toThrow(refused('ERR_USAGE', /0xffffffff/))
    expect(() => parseCall('-1', [], 'x86_64')).toThrow(refused('ERR_USAGE', /0xffffffff/))
  })
})
