import { describe, expect, test } from 'vitest'
import { decode } from '../../lib/bpf/encode.ts'
import { SeccompError } from '../../lib/errors.ts'
import { compilePolicy } from '../../lib/filter/compile.ts'
import { prove } from '../../lib/filter/prove/prove.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { Random } from '../random.ts'
import type { OpponentFilter } from './libseccomp.js'
import { opened, opponentPolicy } from './opponent.ts'
import { type RandomCase, randomCase } from './random-profile.ts'

const { libseccomp, skip } = opened()

/** `npm run fuzz:libseccomp` runs more, from a seed of the day or the one given. */
const profiles = Number(process.env['FUZZ_PROFILES'] ?? 500)
const seed = Number(process.env['FUZZ_SEED'] ?? (process.env['FUZZ_PROFILES'] ? Date.now() % 2 ** 32 : 1))
const BATCH = 500

/** Our policy for a case, or undefined where two rules contradict each other. */
const policyOf = ({ profile, architectures }: RandomCase): Policy | undefined => {
  try {
    return resolvePolicy(profile, targetOf(architectures[0]!), 'crun')
  } catch (error) {
    if (error instanceof SeccompError && error.code === 'ERR_POLICY_CONFLICT') return undefined
    throw error
  }
}

const targetOf = (arch: string): ReturnType<typeof makeTarget> =>
  makeTarget({ arch, kernel: '6.18', capabilities: 'none' })

/** What sets libseccomp and us apart, or undefined: both refuse the profile, or both mean the same by it. */
const difference = (random: RandomCase, theirs: OpponentFilter): string | undefined => {
  const policy = policyOf(random)
  if (theirs.error?.startsWith('EEXIST')) return policy ? `libseccomp refuses: ${theirs.error}` : undefined
  if (!theirs.bytes) return `libseccomp fails: ${theirs.error}`
  if (!policy) return 'we refuse, libseccomp builds'
  const proof = prove(decode(theirs.bytes, 'little'), policy)
  if (proof.result !== 'proved')
    return JSON.stringify(proof, (_, value: unknown) =>
      typeof value === 'bigint' ? `0x${value.toString(16)}` : value,
    )
  // compilePolicy throws where its own filter isn't the policy.
  return compilePolicy(policy).proof.result === 'proved' ? undefined : 'our own filter is not proved'
}

const build = ({ profile, architectures, optimize }: RandomCase): ReturnType<typeof opponentPolicy> =>
  opponentPolicy(profile, targetOf(architectures[0]!), optimize)

/** The same case with as few rules, conditions and architectures as still show a difference. */
const smallest = (random: RandomCase): RandomCase => {
  const { profile, architectures } = random
  const { syscalls } = profile
  const smaller: RandomCase[] = [
    ...syscalls.map((_, i) => ({ ...random, profile: { ...profile, syscalls: syscalls.toSpliced(i, 1) } })),
    ...syscalls.flatMap((rule, i) =>
      rule.args.map((_, j) => ({
        ...random,
        profile: { ...profile, syscalls: syscalls.with(i, { ...rule, args: rule.args.toSpliced(j, 1) }) },
      })),
    ),
    ...architectures.slice(1).map((_, i) => ({
      ...random,
      architectures: architectures.toSpliced(i + 1, 1),
      profile: { ...profile, architectures: profile.architectures!.toSpliced(i + 1, 1) },
    })),
  ]
  const found = smaller.find((each) => difference(each, libseccomp.build([build(each)])[0]!))
  return found ? smallest(found) : random
}

const report = (random: RandomCase): string => {
  const small = smallest(random)
  const rules = small.profile.syscalls.map(
    ({ names, action, errnoRet, args }) =>
      `  ${names} ${action} ${errnoRet ?? ''} ${args.map(({ index, op, value, valueTwo }) => `a${index} ${op} 0x${value.toString(16)} 0x${valueTwo.toString(16)}`).join(', ')}`,
  )
  const { defaultAction, defaultErrnoRet } = small.profile
  const what = `${small.architectures.join(', ')}; default ${defaultAction} ${defaultErrnoRet ?? ''}`
  return `${what}\n${rules.join('\n')}\n${difference(small, libseccomp.build([build(small)])[0]!)}`
}

describe.skipIf(skip)(`random profiles of the kind that libseccomp compiles right${skip}`, () => {
  test(
    `${profiles} of them, seed ${seed}: its program is our policy, for every call, or both refuse`,
    () => {
      const random = new Random(seed)
      let refused = 0
      for (let done = 0; done < profiles; done += BATCH) {
        const cases = Array.from({ length: Math.min(BATCH, profiles - done) }, () =>
          randomCase(random, libseccomp),
        )
        const filters = libseccomp.build(cases.map(build))
        for (const [i, each] of cases.entries()) {
          if (difference(each, filters[i]!))
            expect.fail(
              `profile ${done + i} of seed ${seed}, optimize ${each.optimize}; smallest that differs: ${report(each)}`,
            )
          if (filters[i]!.error) refused++
        }
        if (profiles > BATCH)
          process.stdout.write(`\rseed ${seed}: ${done + cases.length} of ${profiles}, no difference `)
      }
      // Most must be compared, or this says nothing.
      expect(refused).toBeLessThan(profiles / 2)
    },
    30_000 + profiles * 60,
  )
})
