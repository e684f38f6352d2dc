import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/core.ts'
import { ask, canFilter } from './victims.ts'

/** Most of the package is loaded by the first call: never by a later one, for then no file may be opened any more. */

const after = (way: string): unknown => ask('late', [way])

const answers = {
  file: 'EACCES',
  instructions: compile('docker-default', { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }).stats
    .instructions,
  same: 0,
  findings: true,
  unknown: 'ERR_PROFILE_NOT_FOUND',
  built: 1,
  line: 'garbled',
}

describe.runIf(canFilter)(
  'where no file can be opened any more, functions that were never called work',
  () => {
    test('after apply was the first', () => {
      expect(after('apply')).toEqual(answers)
    })

    test('on the main thread, after a Worker applied', () => {
      expect(after('apply in a Worker')).toEqual([answers, answers])
    })

    test('in a Worker that was there before', () => {
      expect(after('apply beside a Worker')).toEqual(answers)
    })

    test('in a child that was forked so, and its violations are told', () => {
      expect(after('fork')).toEqual({ ...answers, denied: ['openat'] })
    })
  },
)
