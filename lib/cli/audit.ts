import { type Command, InvalidArgumentError, Option } from 'commander'
import { type LearnedProfile, profileFromCalls } from '../audit/learn.ts'
import { LineSplitter } from '../audit/lines.ts'
import { AuditSummary } from '../audit/summary.ts'
import { SeccompError } from '../errors.ts'
import { openAuditLog } from '../kernel/audit-log.ts'
import { loadProfile } from '../load.ts'
import { parseArchitecture } from '../policy/target.ts'
import { errno, type Outcome } from '../profile/build.ts'
import { formatProfile } from '../profile/format.ts'
import { found } from '../profile/found.ts'
import type { ActionName } from '../profile/types.ts'
import { asDocument, asTable, callName, profileNotes, summaryNotes } from './audit-report.ts'
import { followLog, readLog } from './audit-source.ts'
import { print, printJson } from './output.ts'
import { say } from './report-error.ts'
import { writeWhole } from './write-file.ts'

/** `seccomp audit`: the calls that logs tell of, and a profile that allows them. */

interface AuditFlags {
  readonly comm?: readonly string[]
  readonly exe?: readonly string[]
  readonly pid?: readonly number[]
  readonly arch?: string
  readonly follow?: boolean
  readonly for?: number
  readonly output?: string
  readonly base?: string
  readonly default?: string
  readonly json?: boolean
}

const outcomes: Readonly<Record<string, Outcome | ActionName>> = {
  errno: errno('EPERM'),
  kill: 'SCMP_ACT_KILL_PROCESS',
  trap: 'SCMP_ACT_TRAP',
  log: 'SCMP_ACT_LOG',
}

export const define = (command: Command): void => {
  command
    .argument(
      '[logs...]',
      'kernel audit records, output of strace or perf trace, gzip too; - or none is standard input',
    )
    .option('--comm <name>', 'only threads of this name; more than once for several', collect)
    .option('--exe <program>', "only this program, a path or a path's last part", collect)
    .option('--pid <number>', 'only this process', collectNumber)
    .option('--arch <name>', "whose calls they are where the log doesn't tell, as strace's")
    .option('--follow', "go on with a growing log until Ctrl-C; without a log, this kernel's own records")
    .option('--for <seconds>', 'with --follow: stop then', positive)
    .option('-o, --output <file>', 'write a profile that allows the calls; - is standard output')
    .option('--base <profile>', 'with -o: a preset or a file to open further')
  command
    .addOption(
      new Option(
        '--default <action>',
        'with -o: what all other calls get (default: errno, which is EPERM)',
      ).choices(Object.keys(outcomes)),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ seccomp audit /var/log/syslog --comm http-echo -o http-echo.json
  $ journalctl -k | seccomp audit
  $ ausearch --raw -m SECCOMP | seccomp audit --exe /usr/sbin/nginx
  $ strace -f -o trace.log curl -s example.org; seccomp audit trace.log
  $ sudo seccomp audit --follow

It reads what syslog, journald, dmesg, auditd and ausearch (also -i) make of a
kernel record, logs in JSON, and the lines of strace and perf trace with any
options. Several logs count together. A filter logs calls where its action is
SCMP_ACT_LOG, or kills; see docs/from-a-log-to-a-profile.md.`,
    )
    .action(audit)
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

const collectNumber = (value: string, before: readonly number[] = []): readonly number[] => {
  if (!/^\d{1,10}$/.test(value)) throw new InvalidArgumentError('it must be a process id.')
  return [...before, Number(value)]
}

const positive = (value: string): number => {
  const seconds = Number(value)
  if (!(seconds > 0 && seconds < 2 ** 31 / 1000))
    throw new InvalidArgumentError('it must be a number above 0.')
  return seconds
}

const audit = async (logs: readonly string[], flags: AuditFlags): Promise<void> => {
  checkUsage(logs, flags)
  // Before a log is followed for an hour, not after.
  const base = flags.base === undefined ? undefined : await loadProfile(flags.base)
  const summary = new AuditSummary({
    ...(flags.comm && { comm: flags.comm }),
    ...(flags.exe && { exe: flags.exe }),
    ...(flags.pid && { pid: flags.pid }),
    ...(flags.arch !== undefined && { arch: parseArchitecture(flags.arch) }),
  })
  await readAll(summary, logs, flags)

  const counts = summary.counts()
  let learned: LearnedProfile | undefined
  if (flags.output !== undefined) {
    const fallback = flags.default === undefined ? undefined : outcomes[flags.default]!
    learned = profileFromCalls(counts, { ...(base && { base }), ...(fallback && { default: fallback }) })
    const text = formatProfile(learned.profile)
    if (flags.output === '-') print(text)
    else writeWhole(flags.output, text)
  }
  if (flags.output !== '-') {
    if (flags.json) printJson(asDocument(summary, counts, learned))
    else print(asTable(counts))
  }
  for (const note of [...summaryNotes(summary, flags), ...(learned ? profileNotes(learned) : [])]) say(note)
}

const checkUsage = (logs: readonly string[], flags: AuditFlags): void => {
  const usage = (message: string): SeccompError => new SeccompError('ERR_USAGE', message)
  if (flags.output === undefined && (flags.base !== undefined || flags.default !== undefined))
    throw usage('--base and --default say how a profile is made; name its file with -o')
  if (flags.base !== undefined && flags.default !== undefined)
    throw usage('--base brings its own default; leave out --default')
  if (flags.output === '-' && flags.json)
    throw usage('-o - and --json both write to standard output; name a file')
  if (flags.for !== undefined && !flags.follow) throw usage('--for says how long to --follow')
  if (flags.follow && logs.length > 1) throw usage('--follow goes on with one log; name one')
  if (logs.length === 0 && !flags.follow && process.stdin.isTTY)
    throw usage("name a log, or pipe one in; --follow reads this kernel's own records")
}

const readAll = async (summary: AuditSummary, logs: readonly string[], flags: AuditFlags): Promise<void> => {
  if (flags.follow) return followOne(summary, logs[0], flags.for)
  const complaints = new Complaints()
  for (const log of logs.length ? logs : ['-'])
    await readOne(summary, log, readLog(log, new AbortController().signal), complaints)
  complaints.end()
}

/** Until Ctrl-C, or the time is over, or the log ends (standard input does). */
const followOne = async (
  summary: AuditSummary,
  log: string | undefined,
  seconds: number | undefined,
): Promise<void> => {
  const end = new AbortController()
  const stop = (): void => end.abort()
  const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000)
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const complaints = new Complaints()
  try {
    if (log === undefined) await followKernel(summary, end.signal)
    else {
      const pieces = log === '-' ? readLog(log, end.signal) : followLog(log, end.signal)
      await readOne(summary, log, pieces, complaints, announce(summary))
    }
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', stop).off('SIGTERM', stop)
    complaints.end()
  }
}

const followKernel = async (summary: AuditSummary, signal: AbortSignal): Promise<void> => {
  const log = openAuditLog()
  const told = announce(summary)
  say(
    log.kind === 'netlink'
      ? "following this kernel's audit records; Ctrl-C ends it"
      : `following the kernel's log, Ctrl-C ends it; audit's own records are refused (${log.refused}), and the log has ` +
          'at most 10 lines in 5 seconds, and none while auditd runs: CAP_AUDIT_READ gives them all',
  )
  try {
    for await (const line of log.lines(signal)) {
      summary.add(line)
      told()
    }
    summary.endLog()
  } finally {
    log.close()
  }
}

const readOne = async (
  summary: AuditSummary,
  log: string,
  pieces: AsyncIterable<string>,
  complaints: Complaints,
  afterPiece: () => void = () => {},
): Promise<void> => {
  const name = log === '-' ? 'standard input' : found(log)
  let number = 0
  const splitter = new LineSplitter((line) => {
    number++
    const said = summary.add(line)
    if (said.kind === 'garbled') complaints.add(`${name}, line ${number}: ${said.reason}`)
  })
  for await (const piece of pieces) {
    splitter.push(piece)
    afterPiece()
  }
  splitter.end()
  summary.endLog()
}

/** Tells of each call once, when it is new; for somebody who watches. */
const announce = (summary: AuditSummary): (() => void) => {
  const known = new Set<string>()
  let calls = 0
  return () => {
    if (summary.calls === calls) return
    calls = summary.calls
    for (const count of summary.counts()) {
      const name = callName(count)
      if (!known.has(name)) say(`new: ${name}`)
      known.add(name)
    }
  }
}

/** A log that is none of ours has as many garbled lines as lines: a few are shown. */
class Complaints {
  static readonly most = 10
  #count = 0

  add(text: string): void {
    if (this.#count++ < Complaints.most) say(`${text}; skipped`)
  }

  end(): void {
    const more = this.#count - Complaints.most
    if (more > 0) say(`and ${more} more garbled line${more === 1 ? '' : 's'}, skipped`)
  }
}
