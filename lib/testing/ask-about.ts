import { endianness } from 'node:os'
import type { Call } from '../bpf/data.ts'
import type { Program } from '../bpf/instruction.ts'
import { effect, strictest, type Verdict } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import { architectureOfCpu } from '../kernel/host.ts'
import { formatVerdict } from '../policy/format.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { askKernel, entries } from './ask.ts'
import type { Outcome, Sample } from './check-calls.ts'
import { architecturesBehind, encodeQuestions } from './questions.ts'
import type { Subject } from './subject.ts'

const TIMEOUT_MS = 30_000

/** An outcome and the calls that it speaks of. */
export interface Checked {
  readonly outcome: Outcome
  readonly samples: readonly Sample[]
}

/**
 * The outcomes, where what holds must hold for this kernel too. All are asked at once.
 * @throws what {@link askAbout} throws.
 */
export const confirmedByKernel = async (
  subject: Subject,
  checked: readonly Checked[],
): Promise<readonly Outcome[]> => {
  const asked = checked.flatMap(({ outcome, samples }) => (outcome.holds ? samples : []))
  const problems = await askAbout(subject, asked)
  let place = 0
  return checked.map(({ outcome, samples }) => {
    if (!outcome.holds) return outcome
    const own = problems.slice(place, place + samples.length)
    place += samples.length
    const index = own.findIndex((each) => each !== undefined)
    return index < 0 ? outcome : { ...outcome, ...samples[index]!, holds: false, kernel: own[index]! }
  })
}

/**
 * Has this kernel answer each of these calls under the filters of a subject; none takes effect.
 * @returns for each call, what is wrong with the kernel's answer; undefined where it is the filters' verdict, or where
 * this kernel has no such calls
 * @throws SeccompError ERR_TARGET_INVALID for filters or calls of another machine; what `askKernel` throws.
 */
const askAbout = async (
  { policies, programs }: Pick<Subject, 'policies' | 'programs'>,
  samples: readonly Sample[],
): Promise<readonly (string | undefined)[]> => {
  const host = architectureOfCpu(process.arch, endianness())
  const runs = architecturesBehind(host)
  const foreign = [...policies.map(({ target }) => target), ...samples].find(
    ({ arch }) => !runs.includes(arch),
  )
  if (foreign || policies.some(({ target }) => target.arch !== host))
    throw new SeccompError(
      'ERR_TARGET_INVALID',
      `this kernel can be asked about ${runs.join(', ')} only, for a profile compiled for ${host}; leave arch open`,
    )
  const problems: (string | undefined)[] = []
  for (const arch of runs) {
    const own = samples.flatMap((sample, index) => (sample.arch === arch ? [{ sample, index }] : []))
    if (own.length === 0) continue
    const answers = await answersOf(
      programs,
      arch,
      own.map(({ sample }) => sample.call),
    )
    for (const [place, { sample, index }] of own.entries()) {
      const answer = answers[place]!
      if (answer === 'none') continue
      if (typeof answer === 'string') problems[index] = answer
      else if (effect(answer) !== effect(sample.verdict))
        problems[index] = `this kernel answers ${formatVerdict(answer, arch)} instead`
    }
  }
  return Array.from(samples, (_, index) => problems[index])
}

/** A verdict, what is wrong, or 'none' where the kernel has no such way in. */
type Answer = Verdict | string

const answersOf = async (
  programs: readonly Program[],
  arch: ArchitectureName,
  calls: readonly Call[],
): Promise<readonly Answer[]> => {
  const all: (readonly Answer[])[] = []
  // Each in a process of its own: of two canaries in one, the newer one's errno would be all that is seen.
  for (const program of programs) all.push(await answersOfOne(program, arch, calls))
  return calls.map((_, index) => {
    const answers = all.map((each) => each[index]!)
    const odd = answers.find((each) => typeof each === 'string')
    return odd ?? strictest(answers as Verdict[])
  })
}

const answersOfOne = async (
  program: Program,
  arch: ArchitectureName,
  calls: readonly Call[],
): Promise<readonly Answer[]> => {
  const entry = arch === 'x86' ? entries.int80 : entries.native
  const answers: Answer[] = []
  while (answers.length < calls.length) {
    const topics = calls.slice(answers.length).map(({ nr, args }) => ({ nr, vectors: [args] }))
    const { verdicts, stopped } = await askKernel(program, encodeQuestions(entry, topics), TIMEOUT_MS)
    answers.push(...verdicts.map((each) => each ?? 'the kernel gives an answer that is none of the filter'))
    if (stopped?.by === 'no-entry') return calls.map((_, index) => answers[index] ?? 'none')
    if (stopped) answers.push(`the kernel lets it past every filter, and answers ${stopped.result}`)
    else if (verdicts.length === 0) throw new SeccompError('ERR_KERNEL', 'the kernel answered nothing')
  }
  return answers
}
