import { SeccompError } from '../../errors.ts'
import { type CompileOptions, compileOptionNames } from '../../filter/compile.ts'
import type { GiveUp } from '../../filter/prove/execute.ts'
import { Meaning } from '../../filter/prove/meaning.ts'
import { resolveProfile } from '../../policy/resolve.ts'
import { resolvePolicy } from '../../policy/rules.ts'
import { makeTarget, type Target } from '../../policy/target.ts'
import { defaultPositionOf, positionOf, setDefaultPosition, setPosition } from '../../profile/positions.ts'
import type { Profile, Rule } from '../../profile/types.ts'
import { refuseUnknown } from '../../profile/unknown-option.ts'
import { isKnownSyscall } from '../../syscalls/numbers.ts'
import { answersOfSide, profileOf, type Side, type Subject, sideOf } from '../diff/side.ts'
import { checks } from './checks/index.ts'
import { type MinimumKernel, minimumKernel } from './checks/kernel-version.ts'
import type { Check, Finding, Problem, Severity } from './finding.ts'
import type { LintSubject, ProfileSource } from './subject.ts'

/** What a lint found. */
export interface LintReport {
  /** Errors first; within a severity in the order of the checks. */
  readonly findings: readonly Finding[]
  /** How many of each. */
  readonly counts: Readonly<Record<Severity, number>>
  /** The oldest kernel that runs it as it is meant; undefined for a raw filter. */
  readonly minimumKernel: MinimumKernel | undefined
}

/**
 * Known holes and traps of a profile or filter on one target: ways past it, what breaks programs, rules that do
 * nothing. Each finding says what somebody could do with it and how to mend it; most have a call that shows it.
 * What a filter answers is asked of the prover's engine, so that an answer holds for every argument.
 *
 * A raw filter has no rules to point at; checks of what a profile says find nothing there.
 * @param options the target; `as` is how the profile will be read
 * @throws what `compile` throws for a profile that can't be read at all (unknown names are findings here, not errors);
 * SeccompError ERR_USAGE for a filter that computes with a call's words in ways that can't be followed.
 * @example lint('docker-default', { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }).counts.error // 0
 */
export const lint = (
  subject: Subject,
  options: CompileOptions = {},
  defaults?: Partial<Target>,
): LintReport => {
  refuseUnknown(options, compileOptionNames)
  const about = subjectOf(subject, options, defaults)
  const findings = checks.flatMap((check) => merge(check, [...check.run(about)]))
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length
  return {
    findings: severities.flatMap((severity) => findings.filter((each) => each.severity === severity)),
    counts: { error: count('error'), warning: count('warning'), note: count('note') },
    minimumKernel: about.source && minimumKernel(about.source.exact),
  }
}

const severities: readonly Severity[] = ['error', 'warning', 'note']

const subjectOf = (subject: Subject, options: CompileOptions, defaults?: Partial<Target>): LintSubject => {
  const profile = profileOf(subject, options)
  if (profile) {
    const target = makeTarget(options, defaults)
    const source = sourceOf(profile, target, options)
    return { arch: target.arch, kernel: target.kernel, answers: new Meaning(source.policy), source }
  }
  const side: Side = sideOf(subject, options, defaults)
  const target =
    side.kind === 'policy' ? side.policy.target : makeTarget({ capabilities: 'none', ...options }, defaults)
  return {
    arch: target.arch,
    kernel: target.kernel,
    answers: answersOfSide(side, target.arch, refuse),
    source: undefined,
  }
}

/** Checks that don't know an answer would be silent, and silence is a judgement. */
const refuse: GiveUp = ({ message, instruction, program = 0 }) => {
  throw new SeccompError(
    'ERR_USAGE',
    `this filter can't be judged: instruction ${instruction}${program ? ` of program ${program}` : ''} ${message}; ` +
      'lint the profile that it was made from',
  )
}

const sourceOf = (profile: Profile, target: Target, { as }: CompileOptions): ProfileSource => {
  const known = withoutUnknownNames(profile)
  const exact = resolvePolicy(known, target, 'runc')
  return {
    profile,
    rules: resolveProfile(known, target).rules,
    policy: resolvePolicy(known, target, as),
    exact,
    exactAnswers: new Meaning(exact),
  }
}

/** Read as `safe`, a name that no architecture has is an error; here it is a finding, and the rest is looked at. */
const withoutUnknownNames = (profile: Profile): Profile => {
  const syscalls = profile.syscalls.flatMap((rule): Rule[] => {
    const names = rule.names.filter((name) => name.startsWith('#') || isKnownSyscall(name))
    if (names.length === rule.names.length) return [rule]
    const position = positionOf(rule)
    const kept = { ...rule, names }
    return names.length ? [position ? setPosition(kept, position) : kept] : []
  })
  const position = positionOf(profile)
  const kept = { ...profile, syscalls }
  const defaultPosition = defaultPositionOf(profile)
  if (defaultPosition) setDefaultPosition(kept, defaultPosition)
  return position ? setPosition(kept, position) : kept
}

/** Problems as findings; those that differ in the architecture alone are one. */
const merge = (check: Check, problems: readonly Problem[]): Finding[] => {
  const found = new Map<string, Finding>()
  for (const problem of problems) {
    const { severity = check.severity, message, positions = [], arch, call } = problem
    const places = positions.filter(
      (each, i) => positions.findIndex(({ pointer }) => pointer === each.pointer) === i,
    )
    const key = JSON.stringify([severity, message, places])
    const known = found.get(key)
    found.set(
      key,
      known
        ? { ...known, architectures: [...new Set([...known.architectures, ...(arch ? [arch] : [])])] }
        : {
            check: check.name,
            severity,
            message,
            attack: problem.attack ?? check.attack,
            remedy: problem.remedy ?? check.remedy,
            positions: places,
            architectures: arch ? [arch] : [],
            ...(call && { call }),
          },
    )
  }
  return [...found.values()]
}
