import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { allowedGroups } from '../../lib/profile/presets/docker-default-allowed.ts'
import { capabilities, dockerCapabilities } from '../../lib/syscalls/capabilities.ts'
import { isKnownSyscall } from '../../lib/syscalls/numbers.ts'
import { sharedData } from '../shared-data.ts'
import { dockersFourteen, everyCapability, meaning, openRules } from './docker-default-gates.ts'
import { comparePolicies, describeHost, hosts, matrix } from './same-policies.ts'

const file = sharedData('profiles/moby-default.json')
if (!file)
  console.warn('skipped: the comparison with moby, ../shared/data/profiles/moby-default.json is absent')

describe.skipIf(!file)("docker-default against moby's default profile (needs ../shared/data)", () => {
  const moby = file ? parseProfileText(readFileSync(file, 'utf8')) : dockerDefault

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

  test('resolves to the same policy, call by call, condition by condition, on every one of those hosts', () => {
    const compared = [...comparePolicies(dockerDefault, moby)]
    expect(compared.filter(({ same }) => !same)).toEqual([])
    expect(compared.length).toBeGreaterThan(12 * 2)
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

  test('is tried with the capabilities that the library knows', () => {
    expect([...everyCapability].sort()).toEqual([...capabilities].sort())
    expect([...dockersFourteen].sort()).toEqual([...dockerCapabilities].sort())
  })

  test('gates on capabilities and architectures that exist', () => {
    const gates = dockerDefault.syscalls.flatMap(({ includes, excludes }) => [includes ?? {}, excludes ?? {}])
    expect(gates.flatMap(({ caps }) => caps ?? []).filter((name) => !everyCapability.includes(name))).toEqual(
      [],
    )
    const known = new Set(hosts.map(({ docker }) => docker).concat('x32', 's390'))
    expect(gates.flatMap(({ arches }) => arches ?? []).filter((name) => !known.has(name))).toEqual([])
  })

  test('is a profile like any other to the parser, which changes nothing in it', () => {
    expect(parseProfile(dockerDefault)).toEqual(dockerDefault)
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
