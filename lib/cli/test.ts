import { type Command, Option } from 'commander'
import { checkExpectations, type Results } from '../testing/expectations/check.ts'
import { formatJunit } from '../testing/expectations/junit.ts'
import { readExpectations } from '../testing/expectations/read.ts'
import { formatResults, resultsAsData } from '../testing/expectations/report.ts'
import { formatTap } from '../testing/expectations/tap.ts'
import { exitCodes } from './exit-codes.ts'
import { jsonText, print } from './output.ts'
import { readText } from './read-input.ts'
import { addTargetOptions, compileOptions, type TargetFlags } from './target-options.ts'
import { writeWhole } from './write-file.ts'

/** `seccomp test`: whether a profile does what a written file expects of it. */

interface TestFlags extends TargetFlags {
  readonly json?: boolean
  readonly format?: string
  readonly output?: string
  readonly askKernel?: boolean
}

/** What `--format` can ask for. */
const formats: Record<string, (results: Results) => string> = {
  text: formatResults,
  json: (results) => jsonText(resultsAsData(results)),
  tap: formatTap,
  junit: formatJunit,
}

export const define = (command: Command): void => {
  command
    .argument('<profile>', 'a preset or a file')
    .argument('<expectations>', 'YAML or JSON; - is standard input')
  addTargetOptions(command)
    .addOption(new Option('--format <format>', 'what to print').choices(Object.keys(formats)).default('text'))
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .option('--ask-kernel', 'have this kernel answer too: one call of every kind, none of which takes effect')
    .option('-o, --output <file>', 'write that to a file, and print text')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp test profile.json expectations.yaml
  $ seccomp test docker-default expectations.yaml --as runc --kernel 6.1
  $ seccomp test profile.json expectations.yaml --format junit -o seccomp.xml

expectations.yaml:
  expect:
    - call: mount
      verdict: ERRNO(EPERM)        # or ALLOW, ERRNO, denied, allowed, killed …
    - call: socket
      args: [AF_VSOCK]             # those left out, and ~, may be anything
      verdict: denied
      why: the host's own services listen there
    - call: [clone, unshare]
      args: [{ set: CLONE_NEWUSER }]
      arch: x86_64                 # left out: each that the profile lists
      verdict: denied

An expectation holds when every such call gets the verdict; the answer is exact,
no call is made. Options count instead of the file's own
"target: { arch, kernel, caps, as }".

Exit code: 0 all hold; 1 some don't; 2 something is wrong with the file or the
profile.`,
    )
    .action(testProfile)
}

const testProfile = async (
  profile: string,
  file: string,
  flags: TestFlags,
  command: Command,
): Promise<void> => {
  const expectations = readExpectations(await readText(file), file === '-' ? 'standard input' : file)
  const { as, ...others } = flags
  // The default of --as is no wish: the file's own counts before it.
  const asked = command.getOptionValueSource('as') === 'default' ? others : { ...others, ...(as && { as }) }
  const results = await checkExpectations(profile, expectations, {
    target: compileOptions(asked),
    kernel: flags.askKernel === true,
  })
  const output = formats[flags.json ? 'json' : (flags.format ?? 'text')]!(results)
  if (flags.output === undefined || flags.output === '-') print(output)
  else {
    writeWhole(flags.output, output)
    print(formatResults(results))
  }
  process.exitCode = results.results.every(({ outcome }) => outcome.holds) ? exitCodes.done : exitCodes.no
}
