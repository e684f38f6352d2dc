import { actionOf, dataOf, KILL_PROCESS, type Verdict, verdict } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { argumentNames, argumentWidth } from '../syscalls/arguments.ts'
import { errnoNumber } from '../syscalls/errno.ts'
import { numberOf } from '../syscalls/numbers.ts'
import { isAbove } from './evaluate.ts'
import type { ArchitecturePolicy, CallPolicy, Policy, PolicyCondition, PolicyRule } from './policy.ts'

/** What a call gets that the profile denies. */
export const violationModes = ['errno', 'kill', 'trap', 'log'] as const

/**
 * `errno`: the profile's error number, EPERM where it kills. `kill`: the end of the process. `trap`: that error number, by
 * a signal whose handler keeps the call for JavaScript. `log`: it is let through, and the kernel's log tells of it.
 */
export type OnViolation = (typeof violationModes)[number]

const EPERM = 1
const MAX_ERRNO = 4095

/**
 * The same policy with another answer to what it denies: ERRNO, TRAP, KILL_THREAD and KILL_PROCESS.
 *
 * Three things stay. A rule's own ENOSYS, and that for calls newer than the profile: libraries take it for 'no such call'
 * and go another way, so it is no violation. The verdict on foreign architectures in `errno` and `trap`, where it is the
 * end of the process: who calls that way is evading. And in `trap` the error number of calls that libc and libuv make where
 * no handler can answer: see {@link untrappable}.
 *
 * @throws SeccompError ERR_USAGE for a mode that there isn't.
 * @example onViolation(compile('docker-default').policy, 'log')
 */
export const onViolation = (policy: Policy, mode: OnViolation): Policy => {
  if (!violationModes.includes(mode))
    throw new SeccompError('ERR_USAGE', `onViolation is ${violationModes.join(', ')}; not ${found(mode)}`)
  const { errno: error, [mode]: answer } = answers
  const noSuchCall = verdict('ERRNO', errnoNumber('ENOSYS', policy.target.arch))
  const change = (rule: PolicyRule, by: Answer): PolicyRule =>
    rule.verdict === noSuchCall ? rule : { ...rule, verdict: by(rule.verdict) }
  const calls = (where: ArchitecturePolicy): readonly CallPolicy[] => {
    if (mode !== 'trap')
      return where.calls.map((call) => ({ ...call, rules: call.rules.map((rule) => change(rule, answer)) }))
    return withUntrappable(where, policy.defaultVerdict).map((call) => {
      const forms = untrappable.get(call.name)?.(call.name, where)
      if (!forms) return { ...call, rules: call.rules.map((rule) => change(rule, answer)) }
      const rules = endingIn(call.rules, policy.defaultVerdict).flatMap((rule) => {
        // A rule has one condition an argument.
        const isSplit = forms.length > 0 && !rule.conditions.some(({ index }) => index === forms[0]!.index)
        if (!isSplit || !isDenied(rule.verdict)) return [change(rule, error)]
        return [...forms.map((form) => change(narrowed(rule, form), error)), change(rule, answer)]
      })
      return { ...call, rules }
    })
  }
  const isHard = mode === 'errno' || mode === 'trap'
  return {
    ...policy,
    defaultVerdict: answer(policy.defaultVerdict),
    foreignVerdict: isHard ? policy.foreignVerdict : answer(policy.foreignVerdict),
    architectures: policy.architectures.map((where) => ({ ...where, calls: calls(where) })),
  }
}

type Answer = (given: Verdict) => Verdict

const isDenied = (given: Verdict): boolean =>
  ['ERRNO', 'TRAP', 'KILL_THREAD', 'KILL_PROCESS'].includes(actionOf(given))

/** TRAP may bring one too, for whoever handles the signal. */
const errnoOf = (given: Verdict): number => {
  const action = actionOf(given)
  if (action === 'ERRNO') return Math.min(dataOf(given), MAX_ERRNO)
  return (action === 'TRAP' && Math.min(dataOf(given), MAX_ERRNO)) || EPERM
}

const denying =
  (answer: Answer): Answer =>
  (given) =>
    isDenied(given) ? answer(given) : given

const answers: Readonly<Record<OnViolation, Answer>> = {
  errno: denying((given) => verdict('ERRNO', errnoOf(given))),
  kill: denying(() => KILL_PROCESS),
  log: denying(() => verdict('LOG')),
  // An error number of 0 is success, which a handler takes for a verdict of somebody else's.
  trap: denying((given) => verdict(errnoOf(given) === 0 ? 'ERRNO' : 'TRAP', errnoOf(given))),
}

/** Which forms of a call; none: all. */
type Forms = (name: string, where: ArchitecturePolicy) => readonly PolicyCondition[]
const always: Forms = () => []

/** clone(2): a thread, and a process by fork(3) of glibc and of musl, by which libuv starts programs. */
const CLONE_THREAD = 0x10000n
const FORKS = [0x1200011n, 0x11n]

const beginnings: Forms = (name, { arch }) => {
  const index = argumentNames(name, arch).indexOf('clone_flags')
  const width = argumentWidth(name, index, arch)
  return [
    { index, op: 'SCMP_CMP_MASKED_EQ', width, value: CLONE_THREAD, valueTwo: CLONE_THREAD },
    ...FORKS.map((value) => ({ index, op: 'SCMP_CMP_EQ', width, value, valueTwo: 0n }) as const),
  ]
}

/**
 * Calls that are made where SIGSYS is blocked or has no handler; a trapped one ends the process there, whose owner was
 * to get an error (kernel/signal.c, force_sig_info_to_task).
 */
const untrappable: ReadonlyMap<string, Forms> = new Map<string, Forms>([
  // pthread_create(3) blocks all signals around these, and so does fork(3) (musl, glibc from 2.41 on).
  ['clone', beginnings],
  ...['clone3', 'fork', 'rseq', 'set_robust_list', 'rt_sigprocmask'].map((name) => [name, always] as const),
  // So does a thread that ends, and one that signals another.
  ...['madvise', 'munmap', 'futex', 'exit', 'tgkill'].map((name) => [name, always] as const),
  // libuv blocks all signals in its signal handler and where it sets that up (src/unix/signal.c).
  ...['rt_sigaction', 'read', 'write'].map((name) => [name, always] as const),
  // Its child, before it executes a program, has given all handlers up (src/unix/process.c).
  ...['execve', 'execveat', 'exit_group'].map((name) => [name, always] as const),
  // The handler itself.
  ...['rt_sigreturn', 'gettid'].map((name) => [name, always] as const),
])

/** With an entry for each of those calls that get the default, for that changes. */
const withUntrappable = (where: ArchitecturePolicy, byDefault: Verdict): readonly CallPolicy[] => {
  if (!isDenied(byDefault)) return where.calls
  const listed = new Set(where.calls.map(({ number }) => number))
  const missing = [...untrappable.keys()].flatMap((name): CallPolicy[] => {
    const number = numberOf(where.arch, name)
    return number === undefined || listed.has(number) || isAbove(where, number)
      ? []
      : [{ number, name, rules: [] }]
  })
  return [...where.calls, ...missing].sort((a, b) => a.number - b.number)
}

/** Rules that leave nothing to the default. */
const endingIn = (rules: readonly PolicyRule[], byDefault: Verdict): readonly PolicyRule[] =>
  !isDenied(byDefault) || rules.some(({ conditions }) => conditions.length === 0)
    ? rules
    : [...rules, { conditions: [], verdict: byDefault, position: undefined }]

const narrowed = (rule: PolicyRule, form: PolicyCondition): PolicyRule => ({
  ...rule,
  conditions: [...rule.conditions, form].sort((a, b) => a.index - b.index),
})
