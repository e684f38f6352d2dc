/** A filter under which the launcher could neither start a program nor say so. */
import type { Call } from '../../bpf/data.ts'
import { actionOf, type Verdict } from '../../bpf/verdict.ts'
import { SeccompError } from '../../errors.ts'
import type { Filter } from '../../filter/compile.ts'
import { decide, formatDecision, formatDefault } from '../../inspect/decision.ts'
import { callPolicy } from '../../policy/evaluate.ts'
import { formatVerdict } from '../../policy/format.ts'
import type { Policy } from '../../policy/policy.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { numberOf } from '../../syscalls/numbers.ts'

/**
 * Nothing, when a program can be started, or the launcher can tell why not: by its status descriptor (write), or by the
 * signal that ends it. A profile that refuses everything (Kubernetes' tutorial has one, violation.json) refuses that
 * too, and the launcher would end by an illegal instruction.
 * @throws SeccompError ERR_CANNOT_START, which names what refuses execve.
 */
export const requireStartable = (filters: readonly Filter[]): void => {
  const alone = filters.length === 1 ? filters[0] : undefined
  if (alone && startable.has(alone)) return
  const policies = filters.map(({ policy }) => policy)
  const mute = policies.some((policy) => refusal(policy, 'write') !== undefined)
  const why = mute && executionRefused(filters)
  if (!why) {
    if (alone) startable.add(alone)
    return
  }
  throw new SeccompError(
    'ERR_CANNOT_START',
    `under this profile no program can be started: execve gets ${why}; nothing was started. Allow what the program ` +
      "calls: run it under a profile whose default is SCMP_ACT_LOG, and make one of the kernel's log (seccomp audit)",
  )
}

/** Filters that were found to let a program be started. */
const startable = new WeakSet<Filter>()

/** What execve gets under one of these filters whatever its arguments, and from where; undefined if it may work. */
export const executionRefused = (filters: readonly Filter[]): string | undefined =>
  filters.map(({ policy }) => refusal(policy, 'execve')).find((each) => each !== undefined)

/** The error that a call gets whatever its arguments, and from where; undefined for other answers. */
const refusal = (policy: Policy, name: string): string | undefined => {
  const { arch } = policy.target
  const number = numberOf(arch, name)!
  const native = policy.architectures[0]!
  if (callPolicy(native, number)?.rules.some(({ conditions }) => conditions.length > 0)) return undefined
  const call: Call = {
    arch: architecture(arch).audit,
    nr: number,
    args: [0n, 0n, 0n, 0n, 0n, 0n],
    instructionPointer: 0n,
  }
  const decision = decide(policy, call)
  if (!isError(decision.verdict)) return undefined
  const place =
    decision.by === 'default'
      ? `${formatDefault(decision.position)}, for no rule names it`
      : formatDecision(decision)
  return `${formatVerdict(decision.verdict, arch)} (${place})`
}

/** Without a tracer TRACE is an error too, ENOSYS. */
const isError = (verdict: Verdict): boolean => ['ERRNO', 'TRACE'].includes(actionOf(verdict))
