import type { Command } from 'commander'
import type { Call } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import { describeTarget } from '../export/describe.ts'
import { policyFor } from '../filter/compile.ts'
import { type Proof, proveStack } from '../filter/prove/prove.ts'
import { decide, decisionAsData, formatDecision } from '../inspect/decision.ts'
import { callNamed } from '../inspect/flow.ts'
import { hex } from '../inspect/words.ts'
import { loadProfile } from '../load.ts'
import { formatVerdict } from '../policy/format.ts'
import type { Policy } from '../policy/policy.ts'
import { found } from '../profile/found.ts'
import { architecture, architectures } from '../syscalls/architectures.ts'
import { exitCodes } from './exit-codes.ts'
import { print, printJson } from './output.ts'
import { readProgram } from './read-program.ts'
import { addTargetOptions, compileOptions, hostDefaults, type TargetFlags } from './target-options.ts'
import { verdictDocument } from './verdict-document.ts'
import { printWarnings } from './warnings.ts'

/** `seccomp prove`: whether a filter from anywhere is a profile's, for every possible call. */

interface ProveFlags extends TargetFlags {
  readonly json?: boolean
  readonly quiet?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<profile>', 'a preset or a file')
    .argument(
      '<filters...>',
      'arrays of struct sock_filter, in the order they are installed; - is standard input',
    )
  addTargetOptions(command)
    .option('--json', 'print JSON')
    .option('--quiet', 'no warnings')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp prove profile.json filter.bpf
  $ seccomp compile profile.json | seccomp prove profile.json -
  $ seccomp prove profile.json first.bpf second.bpf --arch aarch64 --kernel 6.1

Exit code: 0 proved; 1 differs, with a call that gets another verdict; 2
undecided, or a file that is no filter.
Name the mode of whoever made the filter: --as runc for one that runc loads,
--as crun for libseccomp's own.`,
    )
    .action(proveFilters)
}

const results: Record<Proof['result'], number> = {
  proved: exitCodes.done,
  differs: exitCodes.no,
  undecided: exitCodes.usage,
}

const proveFilters = async (source: string, files: readonly string[], flags: ProveFlags): Promise<void> => {
  const policy = policyFor(await loadProfile(source), compileOptions(flags), hostDefaults(flags))
  if (!flags.quiet) printWarnings(policy.warnings)
  const order = architecture(policy.target.arch).endian
  const programs = []
  for (const file of files) programs.push(await readProgram(file, order))
  const proof = proveStack(programs, policy)
  if (flags.json) printJson(document(proof, policy, files))
  else print(report(proof, policy, files))
  process.exitCode = results[proof.result]
}

const report = (proof: Proof, policy: Policy, files: readonly string[]): string => {
  if (proof.result === 'proved') {
    const { paths, cells, milliseconds } = proof
    return `proved: every call gets the profile's verdict (${paths} paths, ${cells} cells, ${milliseconds.toFixed(1)} ms; ${describeTarget(policy)})\n`
  }
  if (proof.result === 'undecided') return `undecided: ${place(proof, files)}${proof.reason}\n`
  const text = (value: Verdict): string => formatVerdict(value, policy.target.arch)
  return `differs: this call gets another verdict
${formatCall(proof.call)}filter: ${text(proof.filter)}
profile: ${text(proof.policy)}
decided by: ${formatDecision(decide(policy, proof.call))}
`
}

const place = (
  { program, instruction }: Proof & { result: 'undecided' },
  files: readonly string[],
): string =>
  program === undefined
    ? ''
    : `${found(files[program])}${instruction === undefined ? '' : `, instruction ${instruction}`}: `

/** As `seccomp simulate` says it; the instruction pointer only where the filter reads it. */
const formatCall = (call: Call): string => {
  const { name, architecture: where } = names(call)
  const pointer = call.instructionPointer ? `instruction pointer: ${hex(call.instructionPointer)}\n` : ''
  return `call: ${call.nr} (${name ?? 'no known call'}) on ${where ?? hex(call.arch)}
arguments: ${call.args.map(hex).join(' ')}
${pointer}`
}

const names = ({ arch, nr }: Call): { name: string | undefined; architecture: string | undefined } => {
  const named = callNamed(arch, nr, 0xffffffff)
  return {
    name: named?.name,
    architecture: named?.arch ?? architectures.find(({ audit }) => audit === arch)?.name,
  }
}

const document = (proof: Proof, policy: Policy, files: readonly string[]): object => {
  if (proof.result === 'proved') return proof
  if (proof.result === 'undecided')
    return { ...proof, file: proof.program === undefined ? undefined : files[proof.program] }
  const { arch } = policy.target
  return {
    result: proof.result,
    call: { ...names(proof.call), ...proof.call },
    filter: verdictDocument(proof.filter, arch),
    policy: verdictDocument(proof.policy, arch),
    ...decisionAsData(decide(policy, proof.call)),
  }
}
