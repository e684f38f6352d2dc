/** One real call, through the native program `probe` (native/probe/probe.c says what it does). */
import { closeSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { encode } from '../bpf/encode.ts'
import type { Program } from '../bpf/instruction.ts'
import { KernelError } from '../kernel/errors.ts'
import { sealedMemfd, sharedMemfd } from '../kernel/memfd.ts'
import { nativeProgram } from '../kernel/native-program.ts'
import { QUESTION_WORDS } from './ask.ts'
import { type Ending, runNative } from './run-native.ts'

/** Where the bytes that arguments point to lie in the calling process (native/probe/order.h). */
export const DATA_ADDRESS = 0x20000080n

const ORDER_BYTES = 128
const REPORT_BYTES = 128

/** What is to be called, and who looks on. */
export interface Order {
  /** {@link QUESTION_WORDS} 32-bit words. */
  readonly question: Uint32Array
  readonly data: Uint8Array
  readonly programs: readonly Program[]
  readonly flags: number
  /** `listener`: the place of the filter whose notifications somebody receives. */
  readonly watch: 'tracer' | { readonly listener: number } | undefined
}

/** What came of it. */
export type Event =
  | { readonly kind: 'returned'; readonly result: bigint }
  | { readonly kind: 'trap'; readonly data: number }
  | { readonly kind: 'trace'; readonly data: number }
  | { readonly kind: 'notification'; readonly args: readonly bigint[] }
  | { readonly kind: 'ended'; readonly code: number | null; readonly signal: number | string }
  | { readonly kind: 'hang' }

const states = {
  calling: 1,
  returned: 2,
  trapped: 3,
  notified: 4,
  traced: 5,
  ended: 6,
  installing: 7,
} as const

/** Makes the call; `pid` is the process that made it. */
export const runProbe = async (order: Order, timeout: number): Promise<{ event: Event; pid: number }> => {
  const path = nativeProgram('probe', 'making a call under a filter')
  const byteOrder = endianness() === 'LE' ? 'little' : 'big'
  const descriptors: number[] = []
  try {
    descriptors.push(sealedMemfd('probe order', encodeOrder(order)))
    descriptors.push(sharedMemfd('probe report', REPORT_BYTES))
    for (const program of order.programs)
      descriptors.push(sealedMemfd('probe filter', encode(program, byteOrder)))
    const ending = await runNative(path, descriptors, timeout)
    const report = Buffer.alloc(REPORT_BYTES)
    readSync(descriptors[1]!, report, 0, REPORT_BYTES, 0)
    return { event: eventOf(report, ending), pid: report.readInt32LE(4) || ending.pid }
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
  }
}

const encodeOrder = ({ question, data, programs, flags, watch }: Order): Uint8Array => {
  const words = new Uint32Array(ORDER_BYTES / 4)
  words.set(question)
  const watcher = watch === undefined ? 0 : watch === 'tracer' ? 2 : 1
  const listener = typeof watch === 'object' ? watch.listener : 0
  words.set([watcher, programs.length, listener, flags], QUESTION_WORDS)
  return Buffer.concat([new Uint8Array(words.buffer), data])
}

const eventOf = (report: Buffer, ending: Ending): Event => {
  const state = report.readUInt32LE(0)
  switch (state) {
    case states.returned:
      return { kind: 'returned', result: report.readBigInt64LE(8) }
    case states.trapped:
      return { kind: 'trap', data: report.readUInt32LE(16) }
    case states.traced:
      return { kind: 'trace', data: report.readUInt32LE(16) }
    case states.notified:
      return {
        kind: 'notification',
        args: [0, 1, 2, 3, 4, 5].map((index) => report.readBigUInt64LE(32 + 8 * index)),
      }
    case states.calling:
      if (ending.late) return { kind: 'hang' }
      return { kind: 'ended', code: ending.code, signal: ending.signal ?? 0 }
    case states.ended: {
      const status = report.readInt32LE(28)
      const signal = status & 0x7f
      return { kind: 'ended', code: signal ? null : status >> 8, signal }
    }
    default:
      throw new KernelError(
        'seccomp',
        'EIO',
        ending.errors ||
          `the probe ended by ${ending.signal ?? `exit ${ending.code}`} before its call${
            state === states.installing ? ': one filter refuses what putting the next in force takes' : ''
          }`,
      )
  }
}
