import { closeSync, fstatSync, ftruncateSync, readFileSync, readlinkSync, readSync, writeSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { inodeOf, sealedMemfd } from '../../lib/kernel/memfd.ts'
import { run } from './launch.ts'
import { canFilter } from './victims.ts'

const withMemfd = (bytes: Uint8Array, use: (descriptor: number) => void): void => {
  const descriptor = sealedMemfd('a name', bytes)
  try {
    use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

describe.runIf(canFilter)('sealedMemfd', () => {
  test('holds the bytes, under its name', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251)
    withMemfd(bytes, (descriptor) => {
      const read = Buffer.alloc(bytes.length + 1)
      expect(readSync(descriptor, read, 0, read.length, 0)).toBe(bytes.length)
      expect(Buffer.compare(read.subarray(0, -1), bytes)).toBe(0)
      expect(readlinkSync(`/proc/self/fd/${descriptor}`)).toContain('memfd:a name')
    })
  })

  test('takes a view on a part of a buffer', () => {
    withMemfd(Buffer.from('__part__').subarray(2, 6), (descriptor) => {
      expect(readFileSync(`/proc/self/fd/${descriptor}`, 'utf8')).toBe('part')
    })
  })

  test('can be changed by nobody: not written, grown or shrunk', () => {
    withMemfd(Buffer.from('sealed'), (descriptor) => {
      const refused = expect.objectContaining({ code: 'EPERM' })
      expect(() => writeSync(descriptor, 'x', 0)).toThrow(refused)
      expect(() => ftruncateSync(descriptor, 1)).toThrow(refused)
      expect(() => ftruncateSync(descriptor, 100)).toThrow(refused)
      expect(fstatSync(descriptor).size).toBe(6)
    })
  })

  test('is not inherited unless it is handed over', () => {
    withMemfd(Buffer.from('private'), (descriptor) => {
      const { stdout } = run('ls', ['-l', '/proc/self/fd'])
      expect(stdout).toContain('->')
      expect(stdout).not.toContain('memfd:a name')
      expect(descriptor).toBeGreaterThan(2)
    })
  })

  test('refuses a name that the kernel would not take', () => {
    expect(() => sealedMemfd('n'.repeat(250), new Uint8Array(8))).toThrow(TypeError)
    closeSync(sealedMemfd('n'.repeat(249), new Uint8Array(8)))
  })
})

describe.runIf(canFilter)('inodeOf', () => {
  test('is what fs.fstat says', () => {
    withMemfd(Buffer.from('one'), (one) => {
      withMemfd(Buffer.from('one'), (another) => {
        expect(inodeOf(one)).toBe(fstatSync(one).ino)
        expect(inodeOf(another)).not.toBe(inodeOf(one))
      })
    })
  })

  test('is a negative errno for a number that is closed', () => {
    expect(inodeOf(2 ** 31 - 1)).toBe(-9) // EBADF
  })
})
