import { actionOf, dataOf, type Verdict } from '../../lib/bpf/verdict.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { formatVerdict } from '../../lib/policy/format.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { type ArchitectureName, architecture } from '../../lib/syscalls/architectures.ts'
import { errnoNumber } from '../../lib/syscalls/errno.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { vectorsOf } from '../../lib/testing/boundaries.ts'
import {
  allowedSockets,
  allowedToday,
  blockedBefore48,
  blockedCalls,
  blockedSockets,
} from '../container/blocked-calls.ts'
import { attempts, behind, type Door, label, native } from '../container/observe.ts'
import { callStep } from './resident.ts'
import { pureCalls } from './runtime-profiles.ts'

/** A call that can be made for real under any filter, for it does nothing. */
export interface RealCall {
  readonly title: string
  readonly step: string
  readonly arch: ArchitectureName
  readonly nr: number
  readonly args: readonly bigint[]
}

const realCall = (title: string, door: Door, nr: number, args: readonly (number | bigint)[]): RealCall => ({
  title,
  step: callStep(door === 'int80' ? 'int80' : 'native', nr, args),
  arch: behind[door],
  nr,
  args: Array.from({ length: 6 }, (_, index) => register(door, args[index] ?? 0)),
})

/** What the filter sees: i386 has 32 bits of each register. */
const register = (door: Door, value: number | bigint): bigint =>
  BigInt.asUintN(door === 'int80' ? 32 : 64, BigInt(value))

/** The calls of Docker's documentation, through each door: the kernel refuses them for their arguments. */
export const documentedCalls = (doors: readonly Door[]): RealCall[] =>
  attempts(
    [...blockedCalls, ...blockedBefore48, ...allowedToday, ...blockedSockets, ...allowedSockets],
    doors,
  ).map((attempt) => realCall(label(attempt), attempt.door, attempt.number, attempt.call.args))

const MOST_VECTORS = 24

/** The calls that only answer, with arguments at the edges of a policy's conditions on them. */
export const edgeCalls = (policy: Policy, doors: readonly Door[]): RealCall[] =>
  doors
    .filter((door) => door !== 'x32')
    .flatMap((door) =>
      pureCalls.flatMap((name) => {
        const nr = numberOf(behind[door], name)
        if (nr === undefined) return []
        const rules = policy.architectures
          .find(({ arch }) => arch === behind[door])
          ?.calls.find(({ number }) => number === nr)
        const vectors = rules ? vectorsOf(rules) : []
        const every = Math.max(1, Math.ceil(vectors.length / MOST_VECTORS))
        return [[], ...vectors.filter((_, index) => index % every === 0)].map((args) =>
          realCall(`${name}(${args.join(', ')}) ${door}`, door, nr, args),
        )
      }),
    )

/** What a policy says of a call; `undefined` where the program wouldn't live to tell. */
export const expectedErrno = (policy: Policy, call: RealCall, unfiltered: number): number | undefined => {
  const verdict = verdictOf(policy, call)
  switch (actionOf(verdict)) {
    case 'ALLOW':
    case 'LOG':
      return unfiltered
    case 'ERRNO':
      return Math.min(dataOf(verdict), 4095)
    case 'TRACE':
      // Nobody traces (seccomp(2)).
      return errnoNumber('ENOSYS', native)
    default:
      return undefined
  }
}

/** For messages. */
export const verdictText = (policy: Policy, call: RealCall): string =>
  formatVerdict(verdictOf(policy, call), call.arch)

const verdictOf = (policy: Policy, { arch, nr, args }: RealCall): Verdict =>
  evaluate(policy, { arch: architecture(arch).audit, nr, args, instructionPointer: 0n })
