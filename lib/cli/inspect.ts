import type { Command } from 'commander'
import { SeccompError } from '../errors.ts'
import { diff } from '../inspect/diff/diff.ts'
import { identify } from '../inspect/identify/identify.ts'
import { restrictionsOf } from '../inspect/restrictions.ts'
import { readFilters, type ThreadFilters } from '../kernel/dump.ts'
import { KernelError } from '../kernel/errors.ts'
import { hostTarget } from '../kernel/host.ts'
import { type ProcessStatus, processStatus } from '../kernel/status.ts'
import { loadProfile } from '../load.ts'
import { found } from '../profile/found.ts'
import type { Profile } from '../profile/types.ts'
import { exitCodes } from './exit-codes.ts'
import { document, type Explained, report } from './inspect-report.ts'
import { print, printBinary, printJson } from './output.ts'
import { say } from './report-error.ts'
import { writeWhole } from './write-file.ts'

/** `seccomp inspect`: what holds for a running process, and what its filters are. */

interface InspectFlags {
  readonly filters?: boolean
  readonly profile?: readonly string[]
  readonly output?: string
  readonly filter?: string
  readonly json?: boolean
}

export const define = (command: Command): void => {
  command
    .argument('<pid>', 'a process')
    .option('--filters', 'print its filters, disassembled')
    .option(
      '--profile <profile>',
      'compare them with this profile, not with the presets; more than once',
      collect,
    )
    .option('-o, --output <file>', 'write a filter as it was loaded; - is standard output')
    .option('--filter <number>', 'which one -o writes, 1 being the oldest')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp inspect $$
  $ seccomp inspect $(docker inspect -f '{{.State.Pid}}' web)
  $ seccomp inspect 4711 -o live.bpf && seccomp diff profile.json live.bpf

Mode and number of filters can be seen by everybody. The filters themselves are
shown by the kernel to CAP_SYS_ADMIN outside of containers; the process is
stopped for some microseconds while they are read.

Exit code: 0 done; 1 when --filters or -o asks for filters that can't be read.`,
    )
    .action(inspect)
}

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

const inspect = async (text: string, flags: InspectFlags): Promise<void> => {
  const pid = parsePid(text)
  const profiles = flags.profile && (await loadAll(flags.profile))
  const status = statusOf(pid)
  const read = readAll(status)
  if (flags.output !== undefined && !read.reason) return writeFilter(read, flags)
  if (read.reason && (flags.filters || flags.output !== undefined)) process.exitCode = exitCodes.no
  if (flags.output !== undefined) return say(`no filter was written: ${read.reason}`)
  const stacks = read.stacks.map((stack) => explained(stack, profiles))
  const inspection = { status, stacks, reason: read.reason }
  if (flags.json) printJson(document(inspection, flags.filters === true))
  else print(report(inspection, flags.filters === true))
}

const parsePid = (text: string): number => {
  const pid = Number(text)
  if (/^\d{1,10}$/.test(text) && pid > 0 && pid < 2 ** 31) return pid
  throw new SeccompError('ERR_USAGE', `${found(text)} is no process id`)
}

const loadAll = async (sources: readonly string[]): Promise<ReadonlyMap<string, Profile>> => {
  const profiles = new Map<string, Profile>()
  for (const source of sources) profiles.set(source, await loadProfile(source))
  return profiles
}

const statusOf = (pid: number): ProcessStatus => {
  try {
    return processStatus(pid)
  } catch (error) {
    if (!(error instanceof KernelError && error.errno === 'ESRCH')) throw error
    throw new SeccompError('ERR_USAGE', `there is no process ${pid}, or /proc doesn't show it`, {
      cause: error,
    })
  }
}

/** Threads with the same filters; or why they aren't told. */
interface Read {
  readonly stacks: readonly ThreadFilters[]
  readonly reason?: string
}

const readAll = ({ pid, threads }: ProcessStatus): Read => {
  if (!threads.some(({ mode }) => mode === 'filter')) return { stacks: [] }
  try {
    return { stacks: readFilters(pid) }
  } catch (error) {
    if (error instanceof SeccompError) return { stacks: [], reason: error.message }
    throw error
  }
}

const writeFilter = ({ stacks }: Read, { output, filter }: InspectFlags): void => {
  const all = stacks.flatMap(({ filters }) => filters)
  const number = filter === undefined ? (all.length === 1 ? 1 : 0) : Number(filter)
  const chosen = all[number - 1]
  if (!chosen)
    throw new SeccompError(
      'ERR_USAGE',
      all.length === 0
        ? 'the process has no filter'
        : `it has ${all.length} filters; name one, --filter 1 to ${all.length}`,
    )
  if (output === '-') printBinary(chosen.bytes, 'name a file with -o')
  else writeWhole(output!, chosen.bytes)
}

const explained = (stack: ThreadFilters, profiles: ReadonlyMap<string, Profile> | undefined): Explained => {
  const { arch, kernel } = hostTarget()
  const programs = stack.filters.map(({ instructions }) => instructions)
  const identities = programs.map((program) =>
    identify(program, { arch, kernel, ...(profiles && { profiles }) }),
  )
  return {
    ...stack,
    identities,
    differences: identities.map((identity, index) =>
      identity.result === 'none' ? diff(identity.nearest.policy, programs[index]!).differences : [],
    ),
    restrictions: restrictionsOf(programs, arch),
  }
}
