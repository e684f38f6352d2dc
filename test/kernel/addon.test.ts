import { describe, expect, test } from 'vitest'
import { binding } from '../../lib/kernel/binding.ts'
import { canFilter } from './victims.ts'

/** The addon below its typed face. Nothing here reaches the kernel with a filter. */
const call = (name: string, ...args: unknown[]): unknown =>
  (binding() as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...args)

const EINVAL = 22

describe.runIf(canFilter)('the addon', () => {
  const notBytes = [
    undefined,
    null,
    'bytes',
    8,
    [],
    new ArrayBuffer(8),
    new Uint16Array(4),
    new DataView(new ArrayBuffer(8)),
  ]
  const notU32 = [undefined, null, '1', 1n, -1, 0.5, Number.NaN, Infinity, 2 ** 32, -(2 ** 40), {}]

  test('refuses anything but bytes for a filter', () => {
    for (const value of notBytes) expect(() => call('install', value, 0, false)).toThrow(TypeError)
    for (const value of notBytes) expect(() => call('sealedMemfd', 'name', value)).toThrow(TypeError)
  })

  test('refuses anything but an unsigned 32-bit integer for flags and actions', () => {
    for (const value of notU32) {
      expect(() => call('install', new Uint8Array(8), value, false)).toThrow(TypeError)
      expect(() => call('actionAvailable', value)).toThrow(TypeError)
      expect(() => call('probeFlags', value)).toThrow(TypeError)
      expect(() => call('inode', value)).toThrow(TypeError)
      expect(() => call('endOfPipe', value, 2 ** 31)).toThrow(TypeError)
      expect(() => call('endOfPipe', 2 ** 31, value)).toThrow(TypeError)
    }
  })

  test('executes nothing for a block that is none', () => {
    const words = (...values: bigint[]): Uint8Array =>
      new Uint8Array(new BigUint64Array([...values, 0n]).buffer)
    for (const value of notBytes) expect(() => call('execute', value)).toThrow(TypeError)
    const bad = [new Uint8Array(0), new Uint8Array(8), new Uint8Array(64).fill(255), words(0n, 0n, 0n, 0n)]
    // Offsets beyond the end, a list without an end, no file.
    for (const block of [
      ...bad,
      words(1000n, 8n, 0n, 0n),
      words(8n, 8n, 8n, 8n).subarray(0, 32),
      words(8n, 0n, 0n),
    ])
      expect(call('execute', block)).toBe(-22)
  })

  test('refuses anything but a boolean for no_new_privs', () => {
    for (const value of [undefined, 0, 1, 'true', null])
      expect(() => call('install', new Uint8Array(8), 0, value)).toThrow(TypeError)
  })

  test('never cuts a length to the 16 bits the kernel takes: 65537 instructions are not one', () => {
    expect(call('install', new Uint8Array(65537 * 8), 0, false)).toBe(-EINVAL)
    expect(call('install', new Uint8Array(12), 0, false)).toBe(-EINVAL)
    expect(call('install', new Uint8Array(0), 0, false)).toBe(-EINVAL)
  })

  test('knows no action and no flag that does not exist', () => {
    expect(call('actionAvailable', 0x12340000)).toBe(-95) // EOPNOTSUPP
    expect(call('probeFlags', 0x80000000)).toBe(-EINVAL)
  })
})
