/** What a policy may answer to a call of which some arguments are known. */
import { type Action, actionOf, dataOf, type Verdict } from '../../bpf/verdict.ts'
import { architectureOf, callPolicy, holds, isAbove } from '../../policy/evaluate.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Position } from '../../profile/types.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { errnoName } from '../../syscalls/errno.ts'
import { numberOf } from '../../syscalls/numbers.ts'

/** Arguments that are known, by index; any other may be anything. */
export type KnownArguments = Readonly<Record<number, bigint>>

export interface Answer {
  readonly verdict: Verdict
  /** The deciding rule's place; undefined for the default and where the profile doesn't tell. */
  readonly position: Position | undefined
}

/**
 * The answers a call of the target's own architecture can get; empty for a call it doesn't have. A condition on a
 * known argument is decided, one on another may go either way: what is never answered isn't listed, but of rules whose
 * conditions depend on each other more may be listed than can happen.
 */
export const possibleAnswers = (
  policy: Policy,
  name: string,
  known: KnownArguments = {},
): readonly Answer[] => {
  const { arch } = policy.target
  const nr = numberOf(arch, name)
  if (nr === undefined) return []
  const where = architectureOf(policy, { arch: architecture(arch).audit, nr })
  const byDefault = { verdict: policy.defaultVerdict, position: undefined }
  if (where === 'foreign') return [{ verdict: policy.foreignVerdict, position: undefined }]
  if (where === 'none') return [byDefault]
  const rules = callPolicy(where, nr)?.rules
  if (!rules) return [isAbove(where, nr) ? { verdict: where.above!.verdict, position: undefined } : byDefault]
  const answers: Answer[] = []
  for (const { conditions, verdict, position } of rules) {
    const open = conditions.filter(({ index }) => known[index] === undefined)
    const decided = conditions.filter(({ index }) => known[index] !== undefined)
    if (!decided.every((condition) => holds(condition, known[condition.index]!))) continue
    answers.push({ verdict, position })
    if (open.length === 0) return answers
  }
  return [...answers, byDefault]
}

/** What the caller of a system call sees. */
export type Outcome =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'errno'; readonly errno: string }
  | { readonly kind: 'kill'; readonly action: Action }

/**
 * The outcome of a verdict in a process without tracer and listener: there NOTIFY and TRACE fail with ENOSYS
 * (kernel/seccomp.c, seccomp_do_user_notification, __seccomp_filter), and SIGSYS, which Node can't repair, ends it.
 */
export const outcomeOf = (verdict: Verdict, policy: Policy): Outcome => {
  const action = actionOf(verdict)
  switch (action) {
    case 'ALLOW':
    case 'LOG':
      return { kind: 'allowed' }
    case 'ERRNO':
      return {
        kind: 'errno',
        errno: errnoName(dataOf(verdict), policy.target.arch) ?? String(dataOf(verdict)),
      }
    case 'NOTIFY':
    case 'TRACE':
      return { kind: 'errno', errno: 'ENOSYS' }
    default:
      return { kind: 'kill', action }
  }
}
