/** Asking the kernel, through the native program `canary` (native/canary/canary.c says what it does). */
import { closeSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { encode } from '../bpf/encode.ts'
import type { Program } from '../bpf/instruction.ts'
import type { Verdict } from '../bpf/verdict.ts'
import { KernelError } from '../kernel/errors.ts'
import { sealedMemfd, sharedMemfd } from '../kernel/memfd.ts'
import { nativeProgram } from '../kernel/native-program.ts'
import { canaryOf } from './canary.ts'
import { type Ending, runNative } from './run-native.ts'

/** Ways into the kernel: enum Entry of native/canary/ask.h. */
export const entries = { native: 0, int80: 1 } as const

/** Size of one question: struct Question of native/canary/ask.h. */
export const QUESTION_WORDS = 16

/** What the kernel answered. */
export interface Answers {
  /** One for each question that was asked; undefined for an errno that stands for no verdict. */
  readonly verdicts: readonly (Verdict | undefined)[]
  /**
   * Why the first question beyond those wasn't answered; undefined when all were. `no-entry`: this kernel has no such
   * way in. `stray`: it was answered past the filter, with `result`, and nothing was asked after it.
   */
  readonly stopped?: { readonly by: 'no-entry' } | { readonly by: 'stray'; readonly result: bigint }
  /** How long one question took, while nothing else wanted the processor; undefined for fewer than 1024 questions. */
  readonly nanosecondsEach: number | undefined
}

/**
 * Loads the canary of `program` in a process of its own, and makes every call of `questions` there. None of them takes
 * effect.
 * @param questions as the native program reads them: {@link QUESTION_WORDS} 32-bit words each
 * @param timeout in milliseconds; what takes longer is ended
 * @throws SeccompError what {@link canaryOf} throws; KernelError when the filter can't be put in force, or another one
 * that is in force already ends the process; ERR_UNSUPPORTED_PLATFORM, ERR_BINDING_NOT_FOUND.
 */
export const askKernel = async (
  program: Program,
  questions: Uint32Array,
  timeout: number,
): Promise<Answers> => {
  const path = nativeProgram('canary', 'asking the kernel')
  const canary = canaryOf(program)
  const bytes = encode(canary.instructions, endianness() === 'LE' ? 'little' : 'big')
  const count = questions.length / QUESTION_WORDS
  const descriptors: number[] = []
  try {
    descriptors.push(sealedMemfd('canary filter', bytes))
    descriptors.push(
      sealedMemfd(
        'canary questions',
        new Uint8Array(questions.buffer, questions.byteOffset, questions.byteLength),
      ),
    )
    descriptors.push(sharedMemfd('canary answers', REPORT_BYTES + 2 * count))
    const ending = await runNative(path, descriptors, timeout)
    const answers = Buffer.alloc(REPORT_BYTES + 2 * count)
    readSync(descriptors[2]!, answers, 0, answers.length, 0)
    const report = readReport(answers)
    const { nanosecondsEach } = report
    const verdicts = Array.from({ length: report.asked }, (_, index) =>
      canary.verdictOf(answers.readUInt16LE(REPORT_BYTES + 2 * index)),
    )
    if (ending.signal === 'SIGBUS' && report.state === states.done) return { verdicts, nanosecondsEach }
    if (ending.signal === 'SIGBUS' && report.state === states.stray)
      return { verdicts, nanosecondsEach, stopped: { by: 'stray', result: report.stray } }
    if (
      ending.signal === 'SIGSEGV' &&
      report.state === states.inForce &&
      questions[report.asked * QUESTION_WORDS] === entries.int80
    )
      return { verdicts, nanosecondsEach, stopped: { by: 'no-entry' } }
    throw failure(ending, report)
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
  }
}

/** struct Report. Both CPUs of the native part are little-endian. */
const REPORT_BYTES = 64
const states = { inForce: 1, done: 2, stray: 3 } as const

interface Report {
  readonly state: number
  readonly asked: number
  readonly stray: bigint
  readonly nanosecondsEach: number | undefined
}

const readReport = (bytes: Buffer): Report => ({
  state: bytes.readUInt32LE(0),
  asked: bytes.readUInt32LE(4),
  stray: bytes.readBigInt64LE(8),
  nanosecondsEach: durationOfOne(bytes),
})

const BLOCK = 1024

/** The canary reads two clocks before, to learn how long a tick is, and only ticks after. */
const durationOfOne = (bytes: Buffer): number | undefined => {
  const [before, loaded, ticksBefore, ticksLoaded, block] = [16, 24, 32, 40, 48].map((offset) =>
    Number(bytes.readBigUInt64LE(offset)),
  ) as [number, number, number, number, number]
  if (block === 0) return undefined
  return (block * (loaded - before)) / Math.max(ticksLoaded - ticksBefore, 1) / BLOCK
}

const failure = ({ code, signal, errors, late }: Ending, { asked }: Report): KernelError => {
  if (errors) return new KernelError('seccomp', 'EIO', errors)
  if (late)
    return new KernelError(
      'seccomp',
      'ETIMEDOUT',
      `the kernel gave no answer in time, after ${asked} questions`,
    )
  const why =
    signal === 'SIGSYS'
      ? 'a filter that is already in force here ends it for the next call, or the filter divides by zero; ask from a ' +
        'process without a filter'
      : "this is a bug of ours, or another process's doing"
  return new KernelError(
    'seccomp',
    'EIO',
    `the canary was ended by ${signal ?? `exit ${code}`} after ${asked} questions: ${why}`,
  )
}
