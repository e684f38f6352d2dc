import type { Command } from 'commander'
import type { Verdict } from '../bpf/verdict.ts'
import { formatExplanation } from '../inspect/explain/format.ts'
import { formatSummary } from '../inspect/explain/format-summary.ts'
import { type ProfileSummary, summarize } from '../inspect/explain/summary.ts'
import type { CallExplanation } from '../inspect/explain/types.ts'
import { explain } from '../inspect/explain.ts'
import { loadProfile } from '../load.ts'
import { describeTarget } from '../policy/format.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { painter } from './colour.ts'
import { print, printJson } from './output.ts'
import { addTargetOptions, compileOptions, hostDefaults, type TargetFlags } from './target-options.ts'
import { type VerdictDocument, verdictDocument } from './verdict-document.ts'

/** `seccomp explain`: which rule decides a call, why, and what to ask for; or what a whole profile allows. */

interface ExplainFlags extends TargetFlags {
  readonly callArch?: string
  readonly names?: boolean
  readonly json?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<profile>', 'a preset or a file')
    .argument('[call]', "a system call's name or number; none: the whole profile")
    .argument('[args...]', 'its arguments, numbers or names such as AF_VSOCK; none: whatever they are')
  addTargetOptions(command)
    .option('--call-arch <name>', "whose call it is, such as x86 on an x86_64 kernel (default: the target's)")
    .option('--names', 'for a whole profile: every call by name')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp explain docker-default unshare
  $ seccomp explain profile.json socket AF_VSOCK --caps none
  $ seccomp explain profile.json clone "CLONE_NEWUSER|SIGCHLD"
  $ seccomp explain profile.json ioctl cmd=TIOCSTI
  $ seccomp explain profile.json

For a call: what it gets and which rule decides; rules that name it without
effect, and why; what would change the answer; why it is dangerous; what to ask
for. Arguments may be named: ioctl cmd=TIOCSTI. Those left out are 0.
For a profile: how many calls of each kind it allows and denies.`,
    )
    .action(explainCall)
}

const explainCall = async (
  source: string,
  name: string | undefined,
  args: readonly string[],
  flags: ExplainFlags,
): Promise<void> => {
  const profile = await loadProfile(source)
  const options = compileOptions(flags)
  const defaults = hostDefaults(flags)
  const arch = flags.callArch
  if (name === undefined) {
    const summary = summarize(
      profile,
      { ...options, ...(arch !== undefined && { callArch: arch }) },
      defaults,
    )
    if (flags.json) printJson(summaryDocument(summary))
    else print(formatSummary(summary, { paint: painter(), names: flags.names === true }))
    return
  }
  const why = explain(profile, { name, args, ...(arch !== undefined && { arch }) }, options, defaults)
  if (flags.json) printJson(callDocument(why))
  else print(formatExplanation(why, { paint: painter() }))
}

const callDocument = ({ policy, ...why }: CallExplanation): object => {
  const { arch, verdict, cases, idle, changes } = why
  return {
    ...why,
    target: describeTarget(policy),
    verdict: answerDocument(verdict, arch),
    cases: cases.map(({ rule, ...each }) => ({
      ...each,
      verdict: answerDocument(each.verdict, arch),
      comment: rule?.comment,
    })),
    idle: idle.map(({ rule, ...each }) => ({
      ...each,
      verdict: answerDocument(each.verdict, arch),
      comment: rule.comment,
    })),
    changes: changes.map((each) => ({ ...each, verdict: answerDocument(each.verdict, arch) })),
  }
}

const summaryDocument = ({ policy, ...summary }: ProfileSummary): object => ({
  target: describeTarget(policy),
  defaultVerdict: verdictDocument(policy.defaultVerdict, summary.arch),
  foreignVerdict: verdictDocument(policy.foreignVerdict, summary.arch),
  architectures: policy.architectures.map(({ arch, above }) => ({
    arch,
    newest: above?.newest,
    above: answerDocument(above?.verdict, arch),
  })),
  flags: policy.flags,
  warnings: policy.warnings,
  ...summary,
})

/** Null where the arguments decide. */
const answerDocument = (value: Verdict | undefined, arch: ArchitectureName): VerdictDocument | null =>
  value === undefined ? null : verdictDocument(value, arch)
