import { describe, expect, it } from 'vitest'
import { positionOf } from '../../lib/profile/positions.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import { presetNames } from '../../lib/profile/presets/names.ts'
import { nodePresets } from '../../lib/profile/presets/node/presets.ts'
import { nodeProfile } from '../../lib/profile/presets/node/profile.ts'

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

  it('for Node have variants, named by what is added', () => {
    const { promises } = nodePresets['node:reader']!
    for (const name of ['node:reader+startup+jitless', 'node:reader+jitless+startup'])
      expect(findPreset(name)).toEqual(nodeProfile(promises, { startup: true, jitless: true }))
    expect(findPreset('node:reader+startup')).toBe(findPreset('node:reader+startup'))
    expect(findPreset('node:reader+startup')).toEqual(nodeProfile(promises, { startup: true }))
    for (const name of [
      'node:reader+',
      'node:reader+fast',
      'node:reader+startup+startup',
      'docker-default+startup',
    ])
      expect(findPreset(name), name).toBeUndefined()
  })

  it('unconfined allows everything, docker-default refuses what it does not name', () => {
    expect(findPreset('unconfined')).toEqual({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] })
    expect(findPreset('docker-default')?.defaultAction).toBe('SCMP_ACT_ERRNO')
  })
})
