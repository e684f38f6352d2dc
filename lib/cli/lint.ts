import type { Command } from 'commander'
import { formatLint } from '../inspect/lint/format.ts'
import { lint } from '../inspect/lint/lint.ts'
import { painter } from './colour.ts'
import { exitCodes } from './exit-codes.ts'
import { print, printJson } from './output.ts'
import { readSubject } from './read-subject.ts'
import { addTargetOptions, compileOptions, hostDefaults, type TargetFlags } from './target-options.ts'

/** `seccomp lint`: known holes and traps of a profile. */

interface LintFlags extends TargetFlags {
  readonly strict?: boolean
  readonly json?: boolean
}

export const define = (command: Command): void => {
  command.argument('<profile>', 'a preset, a profile or a raw filter; - is a filter on standard input')
  addTargetOptions(command)
    .option('--strict', 'exit with 1 for warnings too')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp lint profile.json
  $ seccomp lint profile.json --caps docker,SYS_PTRACE --kernel 4.19 --strict

Exit code: 0 no error found (with --strict: nor a warning); 1 some; 2 a profile
that can't be read.`,
    )
    .action(lintOne)
}

const lintOne = async (source: string, flags: LintFlags): Promise<void> => {
  const defaults = hostDefaults(flags)
  const options = compileOptions(flags)
  const report = lint(await readSubject(source, options, defaults), options, defaults)
  if (flags.json) printJson(report)
  else print(formatLint(report, painter()))
  const { error, warning } = report.counts
  process.exitCode = error || (flags.strict && warning) ? exitCodes.no : exitCodes.done
}
