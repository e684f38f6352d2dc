import { beforeAll, describe, expect, test } from 'vitest'
import { encode } from '../../lib/bpf/encode.ts'
import { op } from '../../lib/bpf/instruction.ts'
import { type Action, ALLOW, actionOf, dataOf, type Verdict } from '../../lib/bpf/verdict.ts'
import { compile, type Filter } from '../../lib/index.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { formatVerdict } from '../../lib/policy/format.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import { nodePresets } from '../../lib/profile/presets/node/presets.ts'
import { withImplied } from '../../lib/profile/presets/node/promises.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { canaryOf } from '../../lib/testing/canary.ts'
import type { Attempt } from './escape-attempt.ts'
import { attempts, behind, inWords, seen } from './escape-attempts.ts'
import { refusedInContainers } from './escape-containers.ts'
import { type Answers, make, threads } from './escape-make.ts'
import { canFilter, hasSysAdmin } from './victims.ts'

/**
 * Ways out of the presets in raw system calls, by each of the kernel's doors, on the main thread, a thread of libuv's pool
 * and a Worker. The table of attempts says which promise permits each; where the preset makes none of those, it is tried.
 */

/** Whether the preset of that name promises to refuse an attempt; undefined where the table doesn't say. */
const refusesOf = (preset: string): ((attempt: Attempt) => boolean | undefined) => {
  const [base = '', option] = preset.split('+')
  const container = refusedInContainers[base]
  if (container) return (attempt) => container(attempt) || undefined
  const kept = withImplied(nodePresets[base]!.promises)
  return ({ permittedBy, jitless }) =>
    !(jitless && option !== 'jitless') && !permittedBy.some((promise) => kept.includes(promise))
}

/** The filter with an error of its own for each of its denials, which no kernel answers with; the rest as it is. */
const marked = ({ instructions, policy }: Filter) => {
  const canary = canaryOf(instructions)
  const program = instructions.map((given, index) =>
    given.code === op.RET_K && given.k === ALLOW ? given : canary.instructions[index]!,
  )
  return {
    bytes: encode(program, architecture(policy.target.arch).endian),
    /** Which it was, of those of the filter. */
    denial: (errno: number): string => {
      const verdict = canary.verdictOf(errno)
      return verdict === undefined ? `the kernel's own ${errno}` : formatVerdict(verdict)
    },
  }
}

/** A line for each, so that a difference can be read. */
const listed = (tried: readonly Attempt[], answer: (attempt: Attempt, index: number) => unknown): string[] =>
  tried.map((attempt, index) => `${inWords(attempt)}: ${answer(attempt, index)}`)

/** On three threads the same answers. */
const expectAnswers = (
  answers: Answers,
  expected: string[],
  lines: (errors: readonly number[]) => string[],
) => {
  expect(Object.keys(answers)).toEqual(threads)
  expect(new Set(threads.map((thread) => answers[thread]!.thread)).size).toBe(3)
  for (const thread of threads)
    expect([thread, ...lines(answers[thread]!.errors)]).toEqual([thread, ...expected])
}

interface Prepared {
  readonly filter: Filter
  /** What is tried: what the preset promises to refuse. */
  readonly refused: readonly Attempt[]
  readonly permitted: readonly Attempt[]
  /** What the policy says of each. */
  readonly verdicts: ReadonlyMap<Attempt, Verdict>
  readonly actionFor: (attempt: Attempt) => Action
}

const preparedFor = (preset: string, known: readonly Attempt[]): Prepared => {
  const filter = compile(findPreset(preset)!)
  const refuses = refusesOf(preset)
  const verdicts = new Map(
    known.map((attempt) => {
      const { audit } = architecture(behind[attempt.door])
      return [attempt, evaluate(filter.policy, { arch: audit, ...seen(attempt), instructionPointer: 0n })]
    }),
  )
  return {
    filter,
    refused: known.filter((attempt) => refuses(attempt)),
    permitted: known.filter((attempt) => refuses(attempt) === false),
    verdicts,
    actionFor: (attempt) => actionOf(verdicts.get(attempt)!),
  }
}

const bases = [...Object.keys(nodePresets), ...Object.keys(refusedInContainers)]
const variants = Object.keys(nodePresets).map((preset) => `${preset}+jitless`)
/** Of the variants those that make the fewest promises and the most. */
const applied = [...bases, variants.at(0)!, variants.at(-1)!]

/** Programs of another architecture: who am I, a socket, another program. */
const deadly = ['getpid() by int80', 'getpid() by x32', 'socketcall(1, 1) by int80', 'execve(1, 1, 1) by x32']

/** Nothing is denied to this process, by another filter or for want of a capability. */
const isFree = hasSysAdmin && processStatus().threads.every(({ mode }) => mode === 'disabled')

describe.runIf(canFilter)('ways out of presets', () => {
  let known: readonly Attempt[]
  /** What the kernel answers to each where nothing denies it. */
  let free: ReadonlyMap<Attempt, number>
  beforeAll(() => {
    const run = (isInt80: boolean) => {
      const tried = attempts.filter(({ door }) => (door === 'int80') === isInt80)
      const { answers, by, stderr } = make(tried)
      return { by, stderr, tried, errors: answers.main?.errors ?? [] }
    }
    const [here, int80] = [run(false), run(true)]
    expect(here.by, here.stderr).toBe(0)
    const isShut = int80.by === 'SIGSEGV'
    if (isShut)
      console.log('skipped: int 0x80, for want of 32-bit emulation (CONFIG_IA32_EMULATION, ia32_emulation=)')
    else expect(int80.by, int80.stderr).toBe(0)
    known = isShut ? here.tried : attempts
    expect(new Set(known.map(inWords)).size).toBe(known.length)
    free = new Map(
      [here, int80].flatMap(({ tried, errors }) => errors.map((errno, index) => [tried[index]!, errno])),
    )
    expect(free.size).toBe(known.length)
  }, 60_000)

  const prepared = new Map<string, Prepared>()
  const prepare = (preset: string): Prepared => {
    const made = prepared.get(preset) ?? preparedFor(preset, known)
    prepared.set(preset, made)
    return made
  }

  test.for([...bases, ...variants])(
    '%s: what is permitted, and what is denied, is what it promises',
    (preset) => {
      const { refused, permitted, actionFor } = prepare(preset)
      const denied = (attempt: Attempt) => ['ERRNO', 'KILL_PROCESS'].includes(actionFor(attempt))
      expect(refused.filter((attempt) => !denied(attempt)).map(inWords)).toEqual([])
      expect(permitted.filter((attempt) => actionFor(attempt) !== 'ALLOW').map(inWords)).toEqual([])
    },
  )

  test.for(applied.map((preset, turn) => [preset, turn] as const))(
    '%s: each attempt gets its error, on the main thread, on the pool and in a Worker',
    ([preset, turn]) => {
      const { filter, refused, verdicts, actionFor } = prepare(preset)
      const answered = refused.filter((attempt) => actionFor(attempt) === 'ERRNO')
      const errnoOf = (attempt: Attempt): number => dataOf(verdicts.get(attempt)!)
      // By the doors of other architectures Node's presets end the process: one of these, on one thread, in its turn.
      const doors = refused.filter((attempt) => deadly.includes(inWords(attempt)))
      const door = doors[turn % doors.length]
      const isJitless = variants.includes(preset)
      const { answers, by, stderr } = make(answered, {
        ...(isJitless ? { filter: filter.bytes, nodeOptions: ['--jitless'] } : { preset }),
        last: door && [threads[turn % threads.length]!, door],
      })
      expect(by, stderr).toBe(door ? 'SIGSYS' : 0)
      expectAnswers(answers, listed(answered, errnoOf), (errors) =>
        listed(answered, (_, index) => errors[index]),
      )
      const other = answered.filter((attempt) => free.get(attempt) !== errnoOf(attempt)).length
      console.log(
        `${preset}: ${answered.length} attempts on each of ${threads.length} threads` +
          `${door ? `, then ${inWords(door)}` : ''}; ${other} get another answer where nothing is denied`,
      )
      if (isFree) expect(other).toBeGreaterThan(answered.length / 2)
      // Those of containers are that many by all doors of x86_64 together.
      const isWhole = process.arch === 'x64' && known.length === attempts.length
      if (isWhole || !(preset in refusedInContainers)) expect(answered.length).toBeGreaterThanOrEqual(200)
    },
  )

  test.for(bases)('%s: it is the filter that denies each attempt, by every door', (preset) => {
    const { filter, refused, verdicts } = prepare(preset)
    const { bytes, denial } = marked(filter)
    const { answers, by, stderr } = make(refused, { filter: bytes })
    expect(by, stderr).toBe(0)
    expectAnswers(
      answers,
      listed(refused, (attempt) => formatVerdict(verdicts.get(attempt)!)),
      (errors) => listed(refused, (_, index) => denial(errors[index]!)),
    )
    console.log(`${preset}: ${refused.length} attempts, told apart from what the kernel itself says`)
  })
})
