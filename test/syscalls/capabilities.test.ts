import { describe, expect, test } from 'vitest'
import { capabilities, capabilitiesFromMask, dockerCapabilities } from '../../lib/syscalls/capabilities.ts'

describe('capabilities', () => {
  test('stand at their bits', () => {
    expect(capabilities.indexOf('CAP_CHOWN')).toBe(0)
    expect(capabilities.indexOf('CAP_SYS_ADMIN')).toBe(21)
    expect(capabilities.indexOf('CAP_SYSLOG')).toBe(34)
    expect(capabilities.indexOf('CAP_CHECKPOINT_RESTORE')).toBe(40)
    expect(capabilities).toHaveLength(41)
    expect(new Set(capabilities).size).toBe(41)
  })

  test('come out of a mask in the kernel’s order', () => {
    expect(capabilitiesFromMask(0n)).toEqual([])
    expect(capabilitiesFromMask((1n << 40n) | 1n)).toEqual(['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE'])
    expect(capabilitiesFromMask(0x1ffffffffffn)).toEqual(capabilities)
    expect(capabilitiesFromMask(1n << 63n)).toEqual([])
  })

  test('Docker’s default set is the mask a80425fb that its containers show in CapEff', () => {
    expect(capabilitiesFromMask(0xa80425fbn)).toEqual(dockerCapabilities)
    expect(dockerCapabilities).toHaveLength(14)
  })
})
