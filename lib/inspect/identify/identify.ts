import { checkProgram } from '../../bpf/check.ts'
import type { Program } from '../../bpf/instruction.ts'
import { SeccompError } from '../../errors.ts'
import type { Proof } from '../../filter/prove/prove.ts'
import type { KernelVersion } from '../../policy/target.ts'
import { dockerReleases } from '../../profile/presets/docker-default-releases.ts'
import { findPreset } from '../../profile/presets/index.ts'
import { presetNames } from '../../profile/presets/names.ts'
import type { Profile } from '../../profile/types.ts'
import type { ArchitectureName } from '../../syscalls/architectures.ts'
import { Oracle } from './oracle.ts'
import { type Candidate, type Ranked, type Reading, readingsOf } from './reading.ts'

/** What a filter is. */
export type Identity =
  | { readonly result: 'profile'; readonly reading: Reading; readonly proof: Proof & { result: 'proved' } }
  /** None of the profiles: the reading that agrees with it on most calls, and one on which they differ. */
  | {
      readonly result: 'none'
      readonly nearest: Reading
      readonly proof: Exclude<Proof, { result: 'proved' }>
    }

/** Where a filter was found, and what it may be. */
export interface IdentifyOptions {
  /** Of the machine it was loaded on. */
  readonly arch: ArchitectureName
  readonly kernel: KernelVersion
  /** Profiles by name, in the place of the presets. */
  readonly profiles?: ReadonlyMap<string, Profile>
}

/**
 * Which preset a filter is, in whose reading and for which capabilities: by proof, for every call. The filter is asked
 * some thousand questions first, so that of each profile and reading only one set of capabilities remains, and only
 * what answers all questions alike has to be proved.
 *
 * Earlier forms of Docker's default count, too.
 *
 * @param program the filter, in the byte order of `arch`
 * @throws SeccompError ERR_FILTER_INVALID for a program that the kernel refuses.
 * @example identify(program, { arch: 'x86_64', kernel: { major: 6, minor: 18 } })
 */
export const identify = (program: Program, options: IdentifyOptions): Identity => {
  const refusal = checkProgram(program)
  if (refusal)
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `the kernel would refuse this program at instruction ${refusal.index}: ${refusal.reason}`,
    )
  const oracle = new Oracle(program, options)
  const { profiles } = options
  const candidates = profiles ? named(profiles) : [...presets(), ...releases()]
  const likely = candidates.filter(({ document }) => oracle.mayHaveDefault(document))
  const ranked: Ranked[] = []
  for (const candidate of likely.length ? likely : candidates)
    for (const each of readingsOf(candidate, oracle)) {
      ranked.push(each)
      // What needs no old libseccomp to explain it is the likelier.
      const identity = isAlike(each) && each.reading.newest === undefined && proved(oracle, each)
      if (identity) return identity
    }
  for (const each of ranked.filter(isAlike)) {
    const identity = proved(oracle, each)
    if (identity) return identity
  }
  const nearest = ranked.reduce<Ranked | undefined>(
    (best, each) => (best && best.differences <= each.differences ? best : each),
    undefined,
  )?.reading
  if (!nearest) throw new SeccompError('ERR_USAGE', 'none of the profiles can be compiled for this machine')
  return { result: 'none', nearest, proof: oracle.prove(nearest.policy) as Unproved }
}

type Proved = Proof & { result: 'proved' }
type Unproved = Exclude<Proof, Proved>

const isAlike = ({ differences }: Ranked): boolean => differences === 0

const proved = (oracle: Oracle, { reading }: Ranked): Identity | undefined => {
  const proof = oracle.prove(reading.policy)
  return proof.result === 'proved' ? { result: 'profile', reading, proof } : undefined
}

const named = (profiles: ReadonlyMap<string, Profile>): Candidate[] =>
  [...profiles].map(([profile, document]) => ({ profile, document }))

const presets = (): Candidate[] => presetNames.map((profile) => ({ profile, document: findPreset(profile)! }))

const releases = (): Candidate[] =>
  [...dockerReleases()].map(([release, document]) => ({
    profile: 'docker-default',
    releases: release,
    document,
  }))
