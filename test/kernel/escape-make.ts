import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Profile, spawnSync as spawnUnder } from '../../lib/index.ts'
import type { Attempt } from './escape-attempt.ts'
import { callNumber } from './escape-attempts.ts'
import { hex } from './victims.ts'

/** Makes attempts in a process of their own, on three kinds of thread, and tells what the kernel answered to each. */

export const threads = ['main', 'pool', 'worker'] as const
export type Thread = (typeof threads)[number]

/** What each thread got: 0 or an errno, in the order of the attempts. Without a filter the main thread alone makes them. */
export type Answers = Readonly<
  Partial<Record<Thread, { readonly thread: number; readonly errors: readonly number[] }>>
>

export interface Order {
  /** To apply, by its name. */
  readonly preset?: string
  /** To install instead. */
  readonly filter?: Uint8Array
  /** One more, when the others are made and told: it may end the process. */
  readonly last?: readonly [Thread, Attempt] | undefined
  readonly nodeOptions?: readonly string[]
}

export interface Made {
  readonly answers: Answers
  /** How the process ended: by which code or signal. */
  readonly by: number | NodeJS.Signals | null
  readonly stderr: string
}

const ENOSYS = 38

/**
 * Where rings are open no preset can be applied, and Node opens some from 22 on. This leaves every door open; and where the
 * filter on top has an error for the same call, that one counts, for it is the newest.
 */
const withoutRings: Profile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
  ],
  syscalls: [{ names: ['io_uring_setup'], action: 'SCMP_ACT_ERRNO', args: [], errnoRet: ENOSYS }],
}

/** As the victim reads it: a list of one is a pointer to that path. */
const asCall = (attempt: Attempt): readonly unknown[] => [
  attempt.door,
  `${callNumber(attempt)}`,
  ...attempt.args.map((value) => (typeof value === 'string' ? [value] : `${value}`)),
]

export const make = (tried: readonly Attempt[], order: Order = {}): Made => {
  const { preset, filter, last, nodeOptions = [] } = order
  const input = JSON.stringify({
    ...{ calls: tried.map(asCall), preset, filter: filter && hex(filter) },
    last: last && [last[0], asCall(last[1])],
  })
  const args = [...nodeOptions, join(import.meta.dirname, 'victims/escape.cjs')]
  const options = { encoding: 'utf8', input, timeout: 40_000, killSignal: 'SIGKILL' } as const
  const { stdout, stderr, status, signal, error } =
    preset || filter
      ? spawnUnder(process.execPath, args, { ...options, seccomp: withoutRings })
      : spawnSync(process.execPath, args, options)
  if (error) throw error
  return { answers: JSON.parse(stdout || '{}') as Answers, by: signal ?? status, stderr }
}
