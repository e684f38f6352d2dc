import type { Command } from 'commander'
import { SeccompError } from '../errors.ts'
import { decisionAsData } from '../inspect/decision.ts'
import { type Diff, type Difference, diff } from '../inspect/diff/diff.ts'
import { formatDiff } from '../inspect/diff/format.ts'
import { describeTarget } from '../policy/format.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { painter } from './colour.ts'
import { exitCodes } from './exit-codes.ts'
import { print, printJson } from './output.ts'
import { readSubject } from './read-subject.ts'
import { addTargetOptions, compileOptions, hostDefaults, type TargetFlags } from './target-options.ts'
import { verdictDocument } from './verdict-document.ts'

/** `seccomp diff`: every call that two profiles or filters answer differently. */

interface DiffFlags extends TargetFlags {
  readonly json?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<before>', 'a preset, a profile or a raw filter; - is a filter on standard input')
    .argument('<after>', 'the same')
  addTargetOptions(command)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp diff docker-default profile.json
  $ git show main:profile.json > old.json && seccomp diff old.json profile.json
  $ seccomp diff profile.json filter.bpf --as runc --caps docker

Both are compared for one target: rules for other capabilities, kernels or
architectures count only there (--caps, --kernel, --arch).

Exit code: 0 the same; 1 different; 2 an error, or a filter that can't be
followed and no difference elsewhere.`,
    )
    .action(compareBoth)
}

const results: Record<Diff['result'], number> = {
  same: exitCodes.done,
  different: exitCodes.no,
  undecided: exitCodes.usage,
}

const compareBoth = async (before: string, after: string, flags: DiffFlags): Promise<void> => {
  if (before === '-' && after === '-')
    throw new SeccompError('ERR_USAGE', 'standard input holds one filter; put the other in a file')
  const defaults = hostDefaults(flags)
  const options = compileOptions(flags)
  const found = diff(
    await readSubject(before, options, defaults),
    await readSubject(after, options, defaults),
    options,
    defaults,
  )
  const policy = found.policies.find((each) => each)
  const target = policy ? describeTarget(policy) : `two filters, ${found.arch}`
  if (flags.json) printJson(document(found, target, [before, after]))
  else print(formatDiff(found, [before, after], { about: target, paint: painter() }))
  process.exitCode = results[found.result]
}

const document = (
  { result, arch, policies, differences, gaps, gated }: Diff,
  target: string,
  files: string[],
): object => ({
  result,
  target,
  files,
  differences: differences.map((each) => differenceDocument(each, arch)),
  undecided: gaps.map((gap) => ({ ...gap, file: files[gap.side] })),
  gated: gated.map((each) => ({ ...each, file: files[each.side] })),
  flags: policies.map((policy) => policy?.flags ?? null),
})

const differenceDocument = (difference: Difference, native: ArchitectureName): object => {
  const { verdicts, decisions, arch, audit, name, numbers, always, call } = difference
  const [before, after] = [0, 1].map((side) => ({
    verdict: verdictDocument(verdicts[side]!, arch ?? native),
    ...(decisions[side] && decisionAsData(decisions[side])),
  }))
  return { name, arch, numbers, audit, always, before, after, call }
}
