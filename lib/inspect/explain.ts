import { type CompileOptions, compileOptionNames, readProfile } from '../filter/compile.ts'
import type { Warning } from '../policy/policy.ts'
import { resolvePolicy } from '../policy/rules.ts'
import { makeTarget, parseArchitecture, type Target } from '../policy/target.ts'
import { refuseUnknown } from '../profile/unknown-option.ts'
import { nameOf } from '../syscalls/numbers.ts'
import { parseCall, type WrittenArgument } from './call.ts'
import { adviceFor } from './explain/advice.ts'
import { casesOf, onlyVerdict } from './explain/cases.ts'
import { changesOf } from './explain/changes.ts'
import { dangerOfCall } from './explain/danger.ts'
import { idleRules } from './explain/idle-rules.ts'
import type { Inquiry } from './explain/inquiry.ts'
import type { CallExplanation } from './explain/types.ts'

/** Which call to explain. */
export interface Question {
  /** A name, or a number as {@link parseCall} takes it. */
  readonly name: string
  /** Its arguments, as {@link parseCall} takes them; none: whatever they are. */
  readonly args?: readonly WrittenArgument[]
  /** Whose call it is; default: the target's architecture. */
  readonly arch?: string
}

/**
 * Why a call gets what it gets: the verdict, the rule that decides, the rules that name it and don't decide, what about
 * the target would change the answer, why the call is dangerous, and what a program that needs it should ask for.
 *
 * Without arguments, a call whose arguments decide has every case, in the order in which they are tried.
 * @param profile a profile, a document as Docker, Podman or the OCI write it, or a preset's name
 * @param question a call's name, or the call with its arguments
 * @param options the target; in `seccomp/core` all of it must be given
 * @throws what `compile` and `parseCall` throw.
 * @example
 * const why = explain(profile, { name: 'socket', args: ['AF_VSOCK'] }, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })
 * console.log(formatExplanation(why))
 */
export const explain = (
  profile: object | string,
  question: string | Question,
  options: CompileOptions = {},
  defaults?: Partial<Target>,
): CallExplanation => {
  refuseUnknown(options, compileOptionNames)
  const { name, args, arch: whose } = typeof question === 'string' ? { name: question } : { ...question }
  const read = readProfile(profile)
  const policy = resolvePolicy(read, makeTarget(options, defaults), options.as)
  const arch = whose === undefined ? policy.target.arch : parseArchitecture(whose)
  const call = parseCall(name, args ?? [], arch)
  const inquiry: Inquiry = {
    profile: read,
    policy,
    arch,
    number: call.nr,
    syscall: nameOf(arch, call.nr),
    args: args?.length ? call.args : undefined,
  }
  const { profile: _, ...asked } = inquiry
  const cases = casesOf(inquiry)
  const changes = changesOf(inquiry, cases)
  return {
    ...asked,
    verdict: onlyVerdict(cases),
    cases,
    idle: idleRules(inquiry, cases),
    changes,
    warnings: warningsAbout(inquiry),
    danger: dangerOfCall(inquiry),
    advice: adviceFor(inquiry, cases, changes),
  }
}

/** What names the call; rules that never decide are told apart (`idle`). */
const warningsAbout = ({ policy, arch, syscall }: Inquiry): readonly Warning[] =>
  policy.warnings.filter(
    (warning) =>
      warning.kind !== 'shadowed' &&
      warning.syscall !== undefined &&
      warning.syscall === syscall &&
      (warning.arch === undefined || warning.arch === arch),
  )
