import { describe, expect, it } from 'vitest'
import { positionOf } from '../../lib/profile/positions.ts'
import { findPreset, presetNames } from '../../lib/profile/presets/index.ts'

describe('presets', () => {
  it('are found by name, each checked and the same object every time', () => {
    expect(presetNames).toEqual([
      'docker-default',
      'podman-default',
      'node:compute',
      'node:worker-pool',
      'node:reader',
      'node:http-server',
      'node:http-client',
      'node:build-tool',
      'unconfined',
    ])
    for (const name of presetNames) {
      const preset = findPreset(name)
      expect(preset).toBeDefined()
      expect(findPreset(name)).toBe(preset)
      expect(positionOf(preset!)).toEqual({ pointer: '', source: name })
    }
  })

  it('are not found by any other name', () => {
    for (const name of ['', 'Docker-Default', 'constructor', '__proto__', 'docker-default.json'])
      expect(findPreset(name), name).toBeUndefined()
  })

  it('unconfined allows everything, docker-default refuses what it does not name', () => {
    expect(findPreset('unconfined')).toEqual({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] })
    expect(findPreset('docker-default')?.defaultAction).toBe('SCMP_ACT_ERRNO')
  })
})
