import { type Command, Option } from 'commander'
import { formatC } from '../export/c.ts'
import { formatJson } from '../export/json.ts'
import { formatPfc } from '../export/pfc.ts'
import { compile, type Filter, policyTree } from '../filter/compile.ts'
import { disassemble } from '../inspect/disassemble.ts'
import { formatPolicy } from '../inspect/policy-json.ts'
import { formatTree } from '../inspect/tree.ts'
import { loadProfile } from '../load.ts'
import { print, printBinary } from './output.ts'
import { addTargetOptions, compileOptions, hostDefaults, type TargetFlags } from './target-options.ts'
import { printWarnings } from './warnings.ts'
import { writeWhole } from './write-file.ts'

/** `seccomp compile`: a profile as a filter, in the form that whoever loads it takes. */

type Product = (filter: Filter) => string | Uint8Array

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
  tree: ({ policy }) => formatTree(policyTree(policy), policy.target.arch),
  asm,
}

interface CompileFlags extends TargetFlags {
  readonly format?: string
  readonly emit?: string
  readonly json?: boolean
  readonly output: string
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
  addTargetOptions(command)
    .option('--quiet', 'no warnings')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp compile profile.json --format bpf -o filter.bpf
  $ bwrap --seccomp 3 3< filter.bpf …
  $ seccomp compile docker-default --arch aarch64 --kernel 6.1 --caps docker --format asm

bpf is in the target's byte order. The file appears whole or not at all.`,
    )
    .action(compileProfile)
}

const compileProfile = async (source: string, flags: CompileFlags): Promise<void> => {
  const filter = compile(await loadProfile(source), compileOptions(flags), hostDefaults(flags))
  if (!flags.quiet) printWarnings(filter.policy.warnings)
  const format = flags.json ? 'json' : (flags.format ?? 'bpf')
  const product = (flags.emit === undefined ? formats[format]! : stages[flags.emit]!)(filter)
  if (flags.output !== '-') writeWhole(flags.output, product)
  else if (typeof product === 'string') print(product)
  else printBinary(product, 'name a file with -o, or ask for text with --format asm')
}
