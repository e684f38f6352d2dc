import { describe, expect, test } from 'vitest'
import * as core from '../../../lib/core.ts'
import { attempts } from '../../../lib/profile/presets/node/attempts.ts'
import { jitlessMemory, memory } from '../../../lib/profile/presets/node/memory.ts'
import { type PromiseName, promiseNames } from '../../../lib/profile/presets/node/promise.ts'
import { promises, withImplied } from '../../../lib/profile/presets/node/promises.ts'
import { refusals } from '../../../lib/profile/presets/node/refused.ts'
import { unrecorded } from '../../../lib/profile/presets/node/unrecorded.ts'
import { isKnownSyscall } from '../../../lib/syscalls/numbers.ts'
import { readRecorded, uncovered } from '../../../tools/presets/cover.js'

const grants = [...memory, ...jitlessMemory, ...Object.values(promises).flatMap(({ grants }) => grants)]
const groups = [...grants, ...Object.values(attempts).flat(), ...refusals, ...unrecorded]
const recorded = readRecorded()
const library = { ...core, attempts, withImplied }

describe('the promises', () => {
  test('name calls that exist, each group with its reason', () => {
    expect(groups.flatMap(({ names }) => names).filter((name) => !isKnownSyscall(name))).toEqual([])
    expect(groups.filter(({ why, names }) => !why || names.length === 0)).toEqual([])
  })

  test('stand in the table in the order of their names', () => {
    expect(Object.keys(promises)).toEqual(promiseNames)
  })

  test('name no call twice in the same form', () => {
    for (const [promise, { grants }] of Object.entries(promises)) {
      const forms = grants.flatMap(({ names, forms }) =>
        names.flatMap((name) =>
          (forms.length ? forms : [[]]).map((form) => [name, ...form.map(inWords)].join(' ')),
        ),
      )
      expect(forms, promise).toEqual([...new Set(forms)])
    }
  })

  test('bring what they imply, directly or not, and always run', () => {
    expect(withImplied([])).toEqual(['run'])
    expect(withImplied(['dns'])).toEqual(['run', 'threads', 'fsRead', 'netClient', 'dns'])
    for (const name of promiseNames)
      for (const implied of promises[name].implies) expect(withImplied([name])).toContain(implied)
  })

  test('cannot be changed by one of the programs that share them', () => {
    expect(Object.isFrozen(promises.run.grants[0]!.names)).toBe(true)
  })
})

describe('the recordings', () => {
  test('are there for Node 20, 22, 24 and 26', () => {
    expect(recorded.map(({ node }) => node.split('.')[0]).sort()).toEqual(['v20', 'v22', 'v24', 'v26'])
  })

  test.for(recorded.map((each) => [each.node, each] as const))(
    'of %s are covered by the promises of each workload',
    ([, each]) => {
      expect(uncovered(each, library)).toEqual([])
    },
  )

  test('would show a call that no promise covers, in startup, at work and in children', () => {
    const { work, ...rest } = recorded[0]!
    const maimed = {
      ...rest,
      work: { ...work, gc: ['socket(0x2,0x1,0)'] },
      startup: ['mount'],
      children: ['bpf'],
    }
    expect(uncovered(maimed, library).map(({ where, form }) => `${where}: ${form}`)).toEqual([
      'startup: mount',
      'children: bpf',
      'gc: socket(0x2,0x1,0)',
    ])
  })

  test('hold every call that a promise allows, but for those that are listed with the reason why not', () => {
    const made = new Set(
      recorded
        .flatMap(({ startup, children, work }) => [...startup, ...children, ...Object.values(work).flat()])
        .map((form) => form.replace(/\(.*/, '')),
    )
    const unseen = grants.flatMap(({ names }) => names).filter((name) => !made.has(name))
    expect([...new Set(unseen)].sort()).toEqual(unrecorded.flatMap(({ names }) => names).sort())
  })
})

const inWords = ({
  index,
  op,
  value,
  valueTwo,
}: {
  index: number
  op: string
  value: bigint
  valueTwo: bigint
}) => `${index} ${op} ${value} ${valueTwo}`

test('promise names are what a user writes, and types know them', () => {
  const name: PromiseName = 'fsRead'
  expect(promises[name].title).toMatch(/read/)
})
