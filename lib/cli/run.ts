import { closeSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { SeccompError } from '../errors.ts'
import type { Filter } from '../filter/compile.ts'
import { hostTarget } from '../kernel/host.ts'
import { sealedMemfd } from '../kernel/memfd.ts'
import { requireSupport } from '../kernel/requirements.ts'
import { loadProfile } from '../load.ts'
import { type OnViolation, violationModes } from '../policy/on-violation.ts'
import { compileAnswering } from '../process/spawn/answering.ts'
import { launcherCommand, launcherPath } from '../process/spawn/launcher.ts'
import { executionRefused, requireStartable } from '../process/spawn/startable.ts'
import { found } from '../profile/found.ts'
import { isUnconfined } from '../profile/kubernetes.ts'
import { nodePresets } from '../profile/presets/node/presets.ts'
import { withImplied } from '../profile/presets/node/promises.ts'
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
  readonly onViolation?: OnViolation
  readonly verbose?: boolean
}

export const define = (command: Command): void => {
  command
    .usage('[options] [--] <command> [args...]')
    .argument('<command>', 'the program, looked up in PATH')
    .argument('[args...]', 'its arguments')
    .passThroughOptions()
    .option(
      '--profile <profile>',
      "a preset (docker-default, podman-default, node:reader+startup …, unconfined), a file, or Kubernetes' words: RuntimeDefault, Unconfined, localhost/PATH " +
        '(default: docker-default)',
    )
    .option('--security-opt <option>', "the same in docker run's words: seccomp=PROFILE", collect)
  addPolicyOptions(command)
    .addOption(
      new Option(
        '--on-violation <answer>',
        'what a denied call gets, if not what the profile says: errno, kill (the end), or log (it is made, and logged)',
      ).argParser(parseOnViolation),
    )
    .option('--verbose', 'print what is worth knowing about the profile')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp run -- node server.js
  $ seccomp run --profile profile.json -- curl https://example.com
  $ seccomp run --security-opt seccomp=profile.json --caps docker,BPF -- bash
  $ seccomp run --profile strict.json --on-violation kill -- ./parser input

A profile that is too large for one filter (4096 instructions) is put in force
as several. --caps changes what the profile allows, not what the command may do
otherwise: it gets no capability by it.
Standard input, output and error, exit code and signals are the command's own.
It can't gain privileges (no_new_privs), so sudo and ping may fail under a
filter.`,
    )
    .action(run)
}

const collect = (option: string, all: readonly string[] = []): readonly string[] => [...all, option]

/** A command begins without signal handlers, and the default of SIGSYS is its end. */
const parseOnViolation = (answer: string): OnViolation => {
  const mode = violationModes.find((name) => name === answer)
  if (mode !== undefined && mode !== 'trap') return mode
  const why =
    mode === 'trap'
      ? "trap takes a handler in the program, and a command begins without one: take errno, or for a Node program 'SECCOMP_ON_VIOLATION=trap node --import seccomp/register …' or fork() of this package"
      : `--on-violation is ${violationModes.filter((name) => name !== 'trap').join(', ')}; not ${found(answer)}`
  throw new SeccompError('ERR_USAGE', `${why}; nothing was run`)
}

const run = async (file: string, args: readonly string[], flags: RunFlags): Promise<void> => {
  if (file === '') throw new SeccompError('ERR_USAGE', 'the command is empty; name a program')
  const source = profileSource(flags)
  const filters = isUnconfined(source) ? undefined : await makeFilters(source, flags)
  const ending = filters ? await runFiltered(filters, file, args) : await runPlain(file, args)
  if (filters && 'signal' in ending && ending.signal === 'SIGSYS') say(killed(file, source))
  process.exitCode = exitCodeOfEnding(ending)
  const why = filters && process.exitCode === exitCodes.cannotExecute && executionRefused(filters)
  if (why) say(`under this profile no program can be started: execve gets ${why}`)
}

const profileSource = ({ profile, securityOpt }: RunFlags): string => {
  const options = parseSecurityOptions(securityOpt ?? [])
  if (profile !== undefined && options.profile !== undefined)
    throw new SeccompError(
      'ERR_USAGE',
      '--profile and --security-opt seccomp= both name a profile; give one of them',
    )
  const source = profile ?? options.profile ?? 'docker-default'
  if (isUnconfined(source) && options.noNewPrivileges)
    throw new SeccompError(
      'ERR_USAGE',
      'no-new-privileges comes with a filter, and unconfined has none; use setpriv --no-new-privs',
    )
  return source
}

/** In the order to install them; all that the kernel can be asked beforehand is settled. */
const makeFilters = async (source: string, flags: RunFlags): Promise<readonly Filter[]> => {
  requireStartup(source)
  const profile = await loadProfile(source)
  launcherPath() // Where nothing can be enforced, that is what to say first.
  const filters = compileAnswering(profile, compileOptions(flags), hostTarget(), flags.onViolation)
  const { policy } = filters[0]!
  if (flags.verbose) printWarnings(policy.warnings)
  const programs = filters.map(({ instructions }) => instructions)
  requireSupport({ programs, flags: policy.flags })
  requireStartable(filters)
  return filters
}

/** A preset for a Node that runs already refuses even to execute it. */
const requireStartup = (source: string): void => {
  const preset = Object.hasOwn(nodePresets, source) ? nodePresets[source] : undefined
  if (!preset || withImplied(preset.promises).includes('startup')) return
  throw new SeccompError(
    'ERR_USAGE',
    `${source} is for a Node that runs already, and refuses the program itself; ${source}+startup lets it start ` +
      '(and read files and execute programs for good), fork() of this package gives it the preset alone',
  )
}

const runFiltered = async (
  filters: readonly Filter[],
  file: string,
  args: readonly string[],
): Promise<Ending> => {
  const { flags } = filters[0]!.policy
  const descriptors: number[] = []
  const launcher = launcherCommand({ filterFd: filters.map((_, index) => 3 + index), flags, file, args })
  try {
    for (const { bytes } of filters) descriptors.push(sealedMemfd('seccomp-filter', bytes))
    return await started(launcher.path, launcher.args, descriptors)
  } catch (error) {
    if (error instanceof SeccompError) throw error
    // The launcher reports what concerns the command, but for an argument list that is too long for itself.
    if (codeOf(error) === 'E2BIG') return notExecuted(file, error)
    say(`the launcher ${launcher.path} can't be started: ${systemMessage(error)}`)
    return { code: exitCodes.failure }
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
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
