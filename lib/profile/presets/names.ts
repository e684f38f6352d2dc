import { nodePresets } from './node/presets.ts'

/**
 * The names of the presets.
 * @example presetNames.includes('docker-default') // true
 */
export const presetNames: readonly string[] = Object.freeze([
  'docker-default',
  'podman-default',
  ...Object.keys(nodePresets),
  'unconfined',
])
