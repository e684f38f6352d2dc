import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { allowedGroups } from '../../lib/profile/presets/docker-default-allowed.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { type Architecture, architecture, findArchitecture } from '../../lib/syscalls/architectures.ts'
import { isKnownSyscall } from '../../lib/syscalls/numbers.ts'
import { sharedData } from '../shared-data.ts'
import {
  capabilitySets,
  everyCapability,
  type Host,
  kernels,
  meaning,
  openRules,
} from './docker-default-gates.ts'

const file = sharedData('profiles/moby-default.json')
if (!file)
  console.warn('skipped: the comparison with moby, ../shared/data/profiles/moby-default.json is absent')

/** The JSON spellings that a Profile has done away with: null lists, operands as numbers, no second operand. */
const readMoby = (path: string): Profile => {
  const document = JSON.parse(readFileSync(path, 'utf8'))
  for (const row of document.archMap) row.subArchitectures ??= []
  for (const rule of document.syscalls)
    rule.args = (rule.args ?? []).map((condition: { value: number; valueTwo?: number }) => ({
      ...condition,
      value: BigInt(condition.value),
      valueTwo: BigInt(condition.valueTwo ?? 0),
    }))
  return document
}

/** Every architecture of archMap as the host, and three that have no row in it. */
const hosts: readonly Architecture[] = [
  ...(dockerDefault.archMap ?? []).map((row) => findArchitecture(row.architecture)!),
  ...(['ppc64le', 'arm', 'x86'] as const).map(architecture),
]

const matrix: readonly Host[] = hosts.flatMap(({ docker }) =>
  capabilitySets.flatMap((capabilities) => kernels.map((kernel) => ({ arch: docker, kernel, capabilities }))),
)

const describeHost = ({ arch, kernel, capabilities }: Host): string =>
  `${arch}, Linux ${kernel}, ${capabilities.length > 1 ? `${capabilities.length} capabilities` : (capabilities[0] ?? 'none')}`

describe.skipIf(!file)('docker-default against moby’s default profile (needs ../shared/data)', () => {
  const moby = file ? readMoby(file) : dockerDefault

  test('has the same frame: default action, default errno, the sub-architectures of each host', () => {
    const { syscalls: _ours, ...frame } = dockerDefault
    const { syscalls: _theirs, ...mobyFrame } = moby
    expect(frame).toEqual(mobyFrame)
  })

  test('says the same of every call on every host, with every set of capabilities, on every kernel', () => {
    expect(matrix).toHaveLength(12 * (41 + 3) * 4)
    const different = matrix.filter((host) => !sameMeaning(meaning(dockerDefault, host), meaning(moby, host)))
    expect(different.map(describeHost)).toEqual([])
  })

  test('would be told apart if any one of its rules were missing', () => {
    const unnoticed = dockerDefault.syscalls.filter((missing) => {
      const maimed = { ...dockerDefault, syscalls: dockerDefault.syscalls.filter((rule) => rule !== missing) }
      return matrix
        .filter((host) => openRules(dockerDefault, host).includes(missing))
        .every((host) => sameMeaning(meaning(maimed, host), meaning(moby, host)))
    })
    expect(unnoticed.map(({ comment }) => comment)).toEqual([])
  })
})

const sameMeaning = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([name, text]) => b.get(name) === text)

describe('docker-default', () => {
  test('names only calls that some architecture has, none twice among the ungated ones', () => {
    const names = dockerDefault.syscalls.flatMap((rule) => rule.names)
    expect(names.filter((name) => !isKnownSyscall(name))).toEqual([])
    const ungated = allowedGroups.flatMap((group) => group.names)
    expect(ungated).toEqual([...new Set(ungated)])
  })

  test('gates on capabilities and architectures that exist', () => {
    const gates = dockerDefault.syscalls.flatMap(({ includes, excludes }) => [includes ?? {}, excludes ?? {}])
    expect(gates.flatMap(({ caps }) => caps ?? []).filter((name) => !everyCapability.includes(name))).toEqual(
      [],
    )
    const known = new Set(hosts.map(({ docker }) => docker).concat('x32', 's390'))
    expect(gates.flatMap(({ arches }) => arches ?? []).filter((name) => !known.has(name))).toEqual([])
  })

  test('tells with every rule what it is for', () => {
    expect(dockerDefault.syscalls.filter(({ comment }) => !comment)).toEqual([])
  })

  test('cannot be changed by one of the programs that share it', () => {
    expect(() => (dockerDefault.syscalls as unknown[]).push({})).toThrow(TypeError)
    expect(() => (dockerDefault.syscalls[0]!.names as string[]).push('mount')).toThrow(TypeError)
    expect(Object.isFrozen(dockerDefault.syscalls.at(-1)!.excludes!.caps)).toBe(true)
  })
})
