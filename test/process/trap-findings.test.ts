import { describe, expect, test } from 'vitest'
import { trapFindings } from '../../lib/process/preflight/trap-findings.ts'

describe('trapFindings', () => {
  test('tells of programs that would be started without a handler', () => {
    expect(trapFindings(() => false)).toMatchObject([
      { severity: 'possible', syscall: 'execve', message: expect.stringContaining("onViolation: 'errno'") },
    ])
    expect(trapFindings((name) => name === 'execve')).toHaveLength(1)
  })

  test('has nothing to tell where none can be', () => {
    expect(trapFindings((name) => name.startsWith('execve'))).toEqual([])
  })
})
