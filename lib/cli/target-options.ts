import { type Command, Option } from 'commander'
import type { CompileOptions } from '../filter/compile.ts'
import { hostTarget } from '../kernel/host.ts'
import type { Faithfulness } from '../policy/policy.ts'
import { expandCapabilities, type Target } from '../policy/target.ts'

/** The options that say what a profile is compiled for. */
export interface TargetFlags {
  readonly arch?: string
  readonly kernel?: string
  readonly caps?: string
  readonly as?: Faithfulness
}

const capsOption = (): Option =>
  new Option(
    '--caps <set>',
    "capabilities that the profile's rules ask about: none, docker, all, or a list such as docker,SYS_PTRACE",
  )

const asOption = (): Option =>
  new Option('--as <mode>', 'how to read a profile; runc and crun are exact, safe closes holes they leave')
    .choices(['safe', 'runc', 'crun'])
    .default('safe')

/** `--caps`, `--as`: for verbs that work on this machine. */
export const addPolicyOptions = (command: Command): Command =>
  command.addOption(capsOption()).addOption(asOption())

/** `--arch`, `--kernel`, `--caps`, `--as`: for verbs that work for any machine. */
export const addTargetOptions = (command: Command): Command =>
  addPolicyOptions(
    command
      .option('--arch <name>', 'architecture, such as x86_64 or aarch64 (default: this machine)')
      .option('--kernel <version>', 'kernel, such as 6.18 (default: this machine)'),
  )

/** What the options say, as `compile` takes it. */
export const compileOptions = ({ arch, kernel, caps, as }: TargetFlags): CompileOptions => ({
  ...(arch !== undefined && { arch }),
  ...(kernel !== undefined && { kernel }),
  ...(caps !== undefined && { capabilities: expandCapabilities(caps) }),
  ...(as !== undefined && { as }),
})

/** What the options leave open is taken from this machine, where it is Linux. */
export const hostDefaults = ({ arch, kernel, caps }: TargetFlags): Partial<Target> => {
  const complete = arch !== undefined && kernel !== undefined && caps !== undefined
  return complete || process.platform !== 'linux' ? {} : hostTarget()
}
