/** Whether the kernel enforces a profile as it is meant: it is asked, call by call. */
import type { Program } from '../bpf/instruction.ts'
import { strictest, type Verdict } from '../bpf/verdict.ts'
import type { Filter } from '../filter/compile.ts'
import type { ProfileSource } from '../load.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'
import { refuseUnknown, requireTimeout } from '../profile/unknown-option.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { askKernel, entries } from './ask.ts'
import { type Asked, type AskedOptions, byteOrder, nativeArchitecture, readAsked } from './asked.ts'
import {
  architecturesBehind,
  countQuestions,
  type Exempt,
  encodeQuestions,
  type Topic,
  type Topics,
  topicsOf,
} from './questions.ts'
import { type Difference, Tally } from './tally.ts'

/** What {@link verify} asks, and how. */
export interface VerifyOptions extends AskedOptions {
  /**
   * Raw filters from anywhere, in the order they are installed, to hold against the profile in the place of our own:
   * arrays of `struct sock_filter`, or their instructions.
   */
  readonly filters?: readonly (Uint8Array | Program)[]
  /** Is told from time to time how many questions are answered and how many there are. */
  readonly onProgress?: (answered: number, questions: number) => void
  /** For each round of at most 200,000 questions, in milliseconds; default 60,000. */
  readonly timeout?: number
}

/** What was asked of one architecture. */
export interface ArchitectureReport {
  readonly architecture: ArchitectureName
  readonly numbers: number
  readonly questions: number
  readonly differences: number
  /** Why nothing was asked; null where it was. */
  readonly skipped: string | null
  /** Numbers that no filter decides, and that weren't asked. */
  readonly exempt: readonly Exempt[]
  /**
   * How many questions a second one processor asks, measured on the quickest 1024 in a row, for others may want the
   * processor too; null where that isn't known.
   */
  readonly perSecond: number | null
}

/** What {@link verify} found. */
export interface Verification {
  /** Whether every answer was the profile's. */
  readonly agrees: boolean
  /** How many calls were made. */
  readonly questions: number
  /** In the order they were found; the first thousand. */
  readonly differences: readonly Difference[]
  readonly architectures: readonly ArchitectureReport[]
  /** Of each filter. */
  readonly instructions: readonly number[]
}

/** So many are made ready, asked and compared at a time; by `int 0x80` a call may take a hundred times as long. */
const roundSize = (entry: number): number => (entry === entries.int80 ? 25_000 : 200_000)

/**
 * Has the kernel answer for a profile: its filter is loaded, every verdict replaced by an errno of its own, into a
 * throw-away process, which makes every call there is, each with the arguments at the edges of what the profile compares.
 * No call takes effect. Each answer is held against what the profile means, by the oracle and not by the compiler: a
 * mistake in compiler, prover or kernel shows.
 *
 * @param profile a profile's name, path or document, or filters that `compile` or `compileStack` made
 * @throws KernelError and SeccompError when it can't be asked here: ERR_KERNEL, ERR_KERNEL_UNSUPPORTED,
 * ERR_UNSUPPORTED_PLATFORM, ERR_BINDING_NOT_FOUND; what loading and compiling throw; ERR_FILTER_INVALID for raw filters
 * that are none; ERR_USAGE for options that are none.
 * @example
 * const { agrees, questions } = await verify('docker-default')
 */
export const verify = async (
  profile: ProfileSource | Filter | readonly Filter[],
  options: VerifyOptions = {},
): Promise<Verification> => {
  refuseUnknown(options, ['capabilities', 'kernel', 'as', 'filters', 'onProgress', 'timeout'])
  const { onProgress, timeout = 60_000, ...asked } = options
  requireTimeout(timeout)
  const { policies, programs } = await readAsked(profile, asked)
  const groups = architecturesBehind(nativeArchitecture(policies)).map((arch) =>
    topicsOf(arch, policies, programs, byteOrder()),
  )
  const total = groups.reduce((sum, { topics }) => sum + countQuestions(topics), 0)
  let answered = 0
  const progress = (count: number): void => {
    answered += count
    onProgress?.(answered, total)
  }
  // The slowest first; each has a process of its own, and so perhaps a processor.
  const asking = groups
    .toReversed()
    .map((group) => askGroup({ policies, programs }, group, timeout, progress))
  const results = (await Promise.all(asking)).reverse()
  const questions = results.reduce((sum, { report }) => sum + report.questions, 0)
  return {
    agrees: results.every(({ report }) => report.differences === 0),
    questions,
    differences: results.flatMap(({ differences }) => differences),
    architectures: results.map(({ report }) => report),
    instructions: programs.map(({ length }) => length),
  }
}

interface GroupResult {
  readonly report: ArchitectureReport
  readonly differences: readonly Difference[]
}

const askGroup = async (
  { policies, programs }: Asked,
  group: Topics,
  timeout: number,
  progress: (count: number) => void,
): Promise<GroupResult> => {
  const tally = new Tally(policies, group)
  let quickest = Infinity
  let skipped: string | undefined
  for (const topics of rounds(group.topics, roundSize(group.entry))) {
    const questions = encodeQuestions(group.entry, topics)
    const asking = askKernel(programs[0]!, questions, timeout)
    // The oracle says what it expects while the kernel is at it.
    const expected = expectations(policies, group, topics)
    const answers = [await asking]
    // Two canaries in one process would answer with the newer one's errno only.
    for (const program of programs.slice(1)) answers.push(await askKernel(program, questions, timeout))
    for (const each of answers) quickest = Math.min(quickest, each.nanosecondsEach ?? Infinity)
    if (answers.some(({ stopped }) => stopped?.by === 'no-entry')) {
      skipped = 'this kernel takes no 32-bit calls (CONFIG_IA32_EMULATION, ia32_emulation=)'
      break
    }
    tally.compare(topics, expected, answers)
    progress(expected.length)
    if (answers.some(({ stopped }) => stopped)) break
  }
  const report = {
    architecture: group.arch,
    numbers: skipped === undefined ? group.topics.length : 0,
    questions: tally.questions,
    differences: tally.differing,
    skipped: skipped ?? null,
    exempt: group.exempt,
    perSecond: quickest === Infinity ? null : Math.round(1e9 / quickest),
  }
  return { report, differences: tally.differences }
}

/** Topics in portions that are asked at a time; one with more arguments than that is cut. */
const rounds = function* (topics: readonly Topic[], most: number): Generator<readonly Topic[]> {
  let round: Topic[] = []
  let size = 0
  for (const { nr, vectors } of topics)
    for (let from = 0; from < vectors.length; from += most) {
      const part = from === 0 && vectors.length <= most ? vectors : vectors.slice(from, from + most)
      if (size + part.length > most) {
        yield round
        round = []
        size = 0
      }
      round.push({ nr, vectors: part })
      size += part.length
    }
  if (size > 0) yield round
}

/** What the kernel should do with each call, in the order they are asked. */
const expectations = (
  policies: readonly Policy[],
  { audit }: Topics,
  topics: readonly Topic[],
): readonly Verdict[] =>
  topics.flatMap(({ nr, vectors }) =>
    vectors.map((args) =>
      strictest(
        policies.map((policy) => evaluate(policy, { arch: audit, nr, args, instructionPointer: 0n })),
      ),
    ),
  )
