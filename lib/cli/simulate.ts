import type { Command } from 'commander'
import { compile } from '../filter/compile.ts'
import { parseCall } from '../inspect/call.ts'
import { decide, decisionAsData, formatDecision } from '../inspect/decision.ts'
import { disassembleLines, type Line } from '../inspect/disassemble.ts'
import { simulate } from '../inspect/simulate.ts'
import { loadProfile } from '../load.ts'
import { formatVerdict } from '../policy/format.ts'
import { parseArchitecture } from '../policy/target.ts'
import { nameOf } from '../syscalls/numbers.ts'
import { print, printJson } from './output.ts'
import { addTargetOptions, compileOptions, hostDefaults, type TargetFlags } from './target-options.ts'
import { verdictDocument } from './verdict-document.ts'

/** `seccomp simulate`: what one call would get, without making it. */

interface SimulateFlags extends TargetFlags {
  readonly callArch?: string
  readonly json?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<profile>', 'a preset or a file')
    .argument('<call>', "a system call's name or number")
    .argument('[args...]', 'up to six, numbers or names such as AF_VSOCK; the rest are 0')
  addTargetOptions(command)
    .option('--call-arch <name>', "whose call it is, such as x86 on an x86_64 kernel (default: the target's)")
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp simulate docker-default socket AF_VSOCK
  $ seccomp simulate profile.json clone CLONE_NEWUSER --caps none
  $ seccomp simulate profile.json --call-arch x86 -- personality -1

The first line is the verdict; then what decided it, and the instructions that
ran.`,
    )
    .action(simulateCall)
}

const simulateCall = async (
  source: string,
  name: string,
  args: readonly string[],
  flags: SimulateFlags,
): Promise<void> => {
  const filter = compile(await loadProfile(source), compileOptions(flags), hostDefaults(flags))
  const { policy, instructions } = filter
  const { arch: target } = policy.target
  const arch = flags.callArch === undefined ? target : parseArchitecture(flags.callArch)
  const call = parseCall(name, args, arch)
  const { verdict, path } = simulate(filter, call)
  const decision = decide(policy, call)
  if (flags.json) {
    printJson({
      verdict: verdictDocument(verdict, target),
      call: { name: nameOf(arch, call.nr), ...call, architecture: arch },
      ...decisionAsData(decision),
      path,
      instructions: instructions.length,
    })
    return
  }
  const lines = disassembleLines(instructions, { arch: target })
  const called = nameOf(arch, call.nr) ?? 'no call of this architecture'
  print(
    `${formatVerdict(verdict, target)}\n\ncall: ${call.nr} (${called}) on ${arch}\ndecided by: ${formatDecision(decision)}\n` +
      `path: ${path.length} of ${instructions.length} instructions\n${steps(path.map((index) => lines[index]!))}`,
  )
}

const steps = (lines: readonly Line[]): string =>
  lines
    .map(({ index, text, comment }) => `${`${index}`.padStart(6)}: ${text}${comment && `  ; ${comment}`}\n`)
    .join('')
