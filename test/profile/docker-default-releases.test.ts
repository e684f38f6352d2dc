import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { dockerReleases } from '../../lib/profile/presets/docker-default-releases.ts'
import type { Profile } from '../../lib/profile/types.ts'

/**
 * The same digests come of moby's own profiles/seccomp/default.json at the tags v20.10.0 … v28.2.0, and of the one in
 * vendor/github.com/moby/profiles at docker-v29.4.1 and docker-v29.4.2.
 */
const digests: Record<string, string> = {
  '29.4.2': '00abecda8700ef86',
  '28.2 to 29.4.1': '8ec2760846a14640',
  '25.0.3 to 28.1': '512ce1a1530acb4c',
  '25.0.0 to 25.0.2': 'c2383d8530633d49',
  '23.0.10 to 23.0.18': '36004eb4de7758a2',
  '23.0.7 to 23.0.9 and 24.0.3 to 24.0.9': 'd2afc6f7b72913e9',
  '23.0.0 to 23.0.6 and 24.0.0 to 24.0.2': 'c835e7a20bb8c12d',
  '20.10.26 and 20.10.27': '3840cf5d9c68aef5',
  '20.10.22': '4ff48bb42fd463a5',
  '20.10.18 to 20.10.25 (but 20.10.22)': 'f3a437e45da9aded',
  '20.10.10 to 20.10.17': 'd05d9e6945e4e1ac',
  '20.10.4 to 20.10.9': 'dea86766a4045a69',
  '20.10.0 to 20.10.3': '1ddaf06df6d508be',
}

/** What a profile means where least and where most of its gates are open, and on another architecture. */
const digestOf = (profile: Profile): string => {
  const targets = [
    makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'none' }),
    makeTarget({ arch: 'x86_64', kernel: '4.4', capabilities: ['BPF', 'PERFMON', 'SYS_TIME', 'SYS_PTRACE'] }),
    makeTarget({ arch: 'aarch64', kernel: '6.18', capabilities: 'all' }),
    makeTarget({ arch: 'riscv64', kernel: '6.18', capabilities: 'docker' }),
  ]
  const policies = targets.map((target) =>
    resolvePolicy(profile, target, 'runc').architectures.map(({ arch, above, calls }) => [
      arch,
      above,
      calls.map(({ number, rules }) => [
        number,
        ...rules.map(({ conditions, verdict }) => [
          verdict,
          ...conditions.map(({ index, op, value }) => `${index} ${op} ${value}`),
        ]),
      ]),
    ]),
  )
  return createHash('sha256').update(JSON.stringify(policies)).digest('hex').slice(0, 16)
}

test.each([...dockerReleases()])("Docker's default of %s is moby's own", (releases, profile) => {
  expect(digestOf(profile)).toBe(digests[releases])
})
