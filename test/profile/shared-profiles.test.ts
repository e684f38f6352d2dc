import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ProfileError } from '../../lib/errors.ts'
import { formatProfile } from '../../lib/profile/format.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { sharedData } from '../shared-data.ts'

const read = (name: string): string | undefined => {
  const file = sharedData(`profiles/${name}.json`)
  return file && readFileSync(file, 'utf8')
}

/** The engines' own files: how many rules, rules with conditions, and gated rules they have. */
const profiles = [
  ['moby-default', 33, 10, 24],
  ['moby-default-old-format', 311, 4, 0],
  ['moby-conditional_include', 3, 0, 2],
  ['podman-default', 40, 9, 33],
  ['k8s-audit', 0, 0, 0],
  ['k8s-violation', 0, 0, 0],
] as const

describe("the engines' own profiles", () => {
  for (const [name, rules, conditional, gated] of profiles) {
    const text = read(name)
    it.skipIf(!text)(
      `${name}.json is read in full${text ? '' : ' (skipped: the shared data is not here)'}`,
      () => {
        const profile = parseProfileText(text!)
        expect(profile.syscalls).toHaveLength(rules)
        expect(profile.syscalls.filter(({ args }) => args.length > 0)).toHaveLength(conditional)
        expect(profile.syscalls.filter(({ includes, excludes }) => includes ?? excludes)).toHaveLength(gated)
        expect(profile).toStrictEqual(parseProfile(JSON.parse(text!)))
        expect(parseProfileText(formatProfile(profile))).toStrictEqual(profile)
      },
    )
  }

  const example = read('moby-example')
  it.skipIf(!example)(
    `moby-example.json has an errno of 12345, which is refused${example ? '' : ' (skipped: the shared data is not here)'}`,
    () => {
      expect(() => parseProfileText(example!)).toThrow(ProfileError)
      expect(() => parseProfileText(example!)).toThrow(
        'profile:30:25: /syscalls/3/errnoRet: an errno is at most 4095',
      )
      expect(parseProfileText(example!.replace('12345', '4095')).syscalls[3]?.errnoRet).toBe(4095)
    },
  )
})
