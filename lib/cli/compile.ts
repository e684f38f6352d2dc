import { type Command, Option } from 'commander'
import { SeccompError } from '../errors.ts'
import { formatC } from '../export/c.ts'
import { formatJson } from '../export/json.ts'
import { formatPfc } from '../export/pfc.ts'
import { type CompileOptions, compile, type Filter, policyTree } from '../filter/compile.ts'
import { compileStack } from '../filter/stack.ts'
import { disassemble } from '../inspect/disassemble.ts'
import { formatPolicy } from '../inspect/policy-json.ts'
import { formatTree } from '../inspect/tree.ts'
import { loadProfile } from '../load.ts'
import type { Profile } from '../profile/types.ts'
import { print, printBinary } from './output.ts'
import { addTargetOptions, compileOptions, hostDefaults, type TargetFlags } from './target-options.ts'
import { printWarnings } from './warnings.ts'
import { readWeights } from './weights.ts'
import { writeWhole } from './write-file.ts'

/** `seccomp compile`: a profile as a filter, in the form that whoever loads it takes. */

type Product = (filter: Filter, options: CompileOptions) => string | Uint8Array

const asm: Product = ({ instructions, policy }) => disassemble(instructions, { arch: policy.target.arch })

/** What `--format` can ask for. */
const formats: Record<string, Product> = {
  bpf: ({ bytes }) => bytes,
  asm,
  c: formatC,
  pfc: ({ policy }) => formatPfc(policy),
  json: formatJson,
}

/** What `--emit` can ask for: what each stage hands to the next. */
const stages: Record<string, Product> = {
  policy: ({ policy }) => formatPolicy(policy),
  tree: ({ policy }, { weights }) => formatTree(policyTree(policy, weights), policy.target.arch),
  asm,
}

interface CompileFlags extends TargetFlags {
  readonly format?: string
  readonly emit?: string
  readonly json?: boolean
  readonly output: string
  readonly stack?: boolean
  readonly weights?: string
  readonly quiet?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<profile>', 'a preset or a file')
    .addOption(
      new Option(
        '--format <format>',
        'what to write: raw struct sock_filter (the default), text, or C',
      ).choices(Object.keys(formats)),
    )
    .addOption(new Option('--json', 'the same as --format json').conflicts(['format', 'emit']))
    .addOption(
      new Option('--emit <stage>', 'print a stage of the compiler instead')
        .choices(Object.keys(stages))
        .conflicts(['format']),
    )
    .option('-o, --output <file>', 'where to write; - is standard output', '-')
  command.addOption(
    new Option(
      '--stack',
      'as many filters as it takes: write <file>.1, <file>.2 and so on, and print their names',
    ).conflicts(['emit']),
  )
  addTargetOptions(command)
    .option('--weights <file>', 'JSON, {"name": count}: calls made often are decided sooner')
    .option('--quiet', 'no warnings')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp compile profile.json --format bpf -o filter.bpf
  $ bwrap --seccomp 3 3< filter.bpf …
  $ seccomp compile docker-default --arch aarch64 --kernel 6.1 --format asm
  $ seccomp compile large.json --stack -o filter.bpf  # filter.bpf.1, .2, …

bpf is in the target's byte order. A file appears whole or not at all.
The kernel takes 4096 instructions a filter. With --stack a larger profile
becomes several filters; install all of them, in the order printed: each decides
its own calls, and the kernel takes the strictest answer.`,
    )
    .action(compileProfile)
}

const compileProfile = async (source: string, flags: CompileFlags): Promise<void> => {
  if (flags.stack && flags.output === '-')
    throw new SeccompError('ERR_USAGE', '--stack writes several files; name them with -o')
  const profile = await loadProfile(source)
  const format = formats[flags.json ? 'json' : (flags.format ?? 'bpf')]!
  const make = flags.emit === undefined ? format : stages[flags.emit]!
  const options = {
    ...compileOptions(flags),
    ...(flags.weights !== undefined && { weights: readWeights(flags.weights) }),
  }
  const filters = flags.stack
    ? compileStack(profile, options, hostDefaults(flags))
    : [compileOne(profile, options, flags)]
  if (!flags.quiet) printWarnings(filters[0]!.policy.warnings)
  const products = filters.map((filter) => make(filter, options))
  if (flags.stack) writeStack(flags.output, products)
  else write(flags.output, products[0]!)
}

const compileOne = (profile: Profile, options: CompileOptions, flags: CompileFlags): Filter => {
  try {
    return compile(profile, options, hostDefaults(flags))
  } catch (error) {
    if (!(error instanceof SeccompError && error.code === 'ERR_FILTER_TOO_LARGE')) throw error
    throw new SeccompError(error.code, `${error.message} --stack does that.`, { cause: error })
  }
}

const write = (path: string, product: string | Uint8Array): void => {
  if (path !== '-') writeWhole(path, product)
  else if (typeof product === 'string') print(product)
  else printBinary(product, 'name a file with -o, or ask for text with --format asm')
}

/** The names on standard output tell which files are of this stack, should a longer one have been there before. */
const writeStack = (path: string, products: readonly (string | Uint8Array)[]): void => {
  const names = products.map((_, index) => `${path}.${index + 1}`)
  for (const [index, product] of products.entries()) writeWhole(names[index]!, product)
  print(names.map((name) => `${name}\n`).join(''))
}
