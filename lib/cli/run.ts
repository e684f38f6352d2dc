import { closeSync } from 'node:fs'
import type { Command } from 'commander'
import { actionOf } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import { compile, type Filter } from '../filter/compile.ts'
import { hostTarget } from '../kernel/host.ts'
import { sealedMemfd } from '../kernel/memfd.ts'
import { loadProfile } from '../load.ts'
import { launcherCommand, launcherPath } from '../process/launcher.ts'
import { found } from '../profile/found.ts'
import { exitCodes } from './exit-codes.ts'
import { type Ending, exitCodeOfEnding, runInForeground } from './foreground.ts'
import { say } from './report-error.ts'
import { parseSecurityOptions } from './security-options.ts'
import { systemMessage } from './system-message.ts'
import { addPolicyOptions, compileOptions, type TargetFlags } from './target-options.ts'
import { printWarnings } from './warnings.ts'

/** `seccomp run`: a command under a profile. */

interface RunFlags extends TargetFlags {
  readonly profile?: string
  readonly securityOpt?: readonly string[]
  readonly verbose?: boolean
}

const UNCONFINED = 'unconfined'

export const define = (command: Command): void => {
  command
    .usage('[options] [--] <command> [args...]')
    .argument('<command>', 'the program, looked up in PATH')
    .argument('[args...]', 'its arguments')
    .passThroughOptions()
    .option(
      '--profile <profile>',
      'a preset (docker-default, unconfined) or a file (default: docker-default)',
    )
    .option('--security-opt <option>', "the same in docker run's words: seccomp=PROFILE", collect)
  addPolicyOptions(command)
    .option('--verbose', 'print what is worth knowing about the profile')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp run -- node server.js
  $ seccomp run --profile profile.json -- curl https://example.com
  $ seccomp run --security-opt seccomp=profile.json --caps docker,SYS_PTRACE -- bash

--caps changes what the profile allows, not what the command may do otherwise: it gets no capability by it.
Standard input, output and error, exit code and signals are the command's own. It can't gain privileges
(no_new_privs), so sudo and ping may fail under a filter.`,
    )
    .action(run)
}

const collect = (option: string, all: readonly string[] = []): readonly string[] => [...all, option]

const run = async (file: string, args: readonly string[], flags: RunFlags): Promise<void> => {
  if (file === '') throw new SeccompError('ERR_USAGE', 'the command is empty; name a program')
  const source = profileSource(flags)
  const ending =
    source === UNCONFINED
      ? await runPlain(file, args)
      : await runFiltered(await makeFilter(source, flags), file, args)
  if ('signal' in ending && ending.signal === 'SIGSYS' && source !== UNCONFINED) say(killed(file, source))
  process.exitCode = exitCodeOfEnding(ending)
}

const profileSource = ({ profile, securityOpt }: RunFlags): string => {
  const options = parseSecurityOptions(securityOpt ?? [])
  if (profile !== undefined && options.profile !== undefined)
    throw new SeccompError(
      'ERR_USAGE',
      '--profile and --security-opt seccomp= both name a profile; give one of them',
    )
  const source = profile ?? options.profile ?? 'docker-default'
  if (source === UNCONFINED && options.noNewPrivileges)
    throw new SeccompError(
      'ERR_USAGE',
      'no-new-privileges comes with a filter, and unconfined has none; use setpriv --no-new-privs',
    )
  return source
}

const makeFilter = async (source: string, flags: RunFlags): Promise<Filter> => {
  const profile = await loadProfile(source)
  launcherPath() // Where nothing can be enforced, that is what to say first.
  const filter = compile(profile, compileOptions(flags), hostTarget())
  if (flags.verbose) printWarnings(filter.policy.warnings)
  refuseListener(filter, source)
  return filter
}

/** Without a listener the kernel answers such calls with ENOSYS, which isn't what the profile says. */
const refuseListener = ({ policy }: Filter, source: string): void => {
  const calls = policy.architectures.flatMap((each) => each.calls)
  const rules = calls.flatMap((each) => each.rules)
  const verdicts = [policy.defaultVerdict, ...rules.map((each) => each.verdict)]
  if (verdicts.some((value) => actionOf(value) === 'NOTIFY'))
    throw new SeccompError(
      'ERR_KERNEL_UNSUPPORTED',
      `${found(source)} hands calls to a supervisor (SCMP_ACT_NOTIFY), and run has none; nothing was run`,
    )
}

const runFiltered = async (filter: Filter, file: string, args: readonly string[]): Promise<Ending> => {
  const launcher = launcherCommand({ filterFd: 3, flags: filter.policy.flags, file, args })
  const fd = sealedMemfd('seccomp-filter', filter.bytes)
  try {
    return await started(launcher.path, launcher.args, [fd])
  } catch (error) {
    // The launcher reports what concerns the command, but for an argument list that is too long for itself.
    if (codeOf(error) === 'E2BIG') return notExecuted(file, error)
    say(`the launcher ${launcher.path} can't be started: ${systemMessage(error)}`)
    return { code: exitCodes.failure }
  } finally {
    closeSync(fd)
  }
}

const runPlain = (file: string, args: readonly string[]): Promise<Ending> =>
  started(file, args, []).catch((error: unknown) => notExecuted(file, error))

const started = (path: string, args: readonly string[], descriptors: readonly number[]): Promise<Ending> =>
  runInForeground(path, args, { stdio: ['inherit', 'inherit', 'inherit', ...descriptors] })

/** env(1)'s answers to a failed execvp(3). */
const notExecuted = (file: string, error: unknown): Ending => {
  say(`${found(file)}: ${systemMessage(error)}`)
  if (codeOf(error) === 'ENOENT') return { code: exitCodes.notFound }
  const noRoom = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'].includes(codeOf(error))
  return { code: noRoom ? exitCodes.failure : exitCodes.cannotExecute }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

const killed = (file: string, source: string): string =>
  `${found(file)} was killed by the filter (SIGSYS) for a call that ${found(source)} doesn't let it make; ` +
  "the kernel's log names the call ('dmesg | grep type=1326', as root)"
