import { expect, test } from 'vitest'
import { parseConstant } from '../../lib/syscalls/constants.ts'
import { Coverage } from './coverage.ts'

test('code is new the first time that it runs, and only where it counts', () => {
  const coverage = new Coverage(['syscalls/constants'])
  const elsewhere = new Coverage(['profile/'])
  try {
    coverage.take()
    const number = (): void => void parseConstant('12', 'socket', 0, 'x86_64')
    const name = (): void => void parseConstant('AF_UNIX|AF_INET', 'socket', 0, 'x86_64')
    number()
    expect(coverage.take().length).toBeGreaterThan(0)
    number()
    expect(coverage.take()).toEqual([])
    name()
    expect(coverage.take(false).length).toBeGreaterThan(0)
    name()
    expect(coverage.take().length).toBeGreaterThan(0)
    name()
    expect(coverage.take()).toEqual([])
    expect(elsewhere.take()).toEqual([])
  } finally {
    coverage.stop()
    elsewhere.stop()
  }
})
